// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pthread.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace postbell::util {

/// A thread that debuggers and the kernel call `name` (15 characters at most). If the system gives
/// no thread, the exception names the one that is missing.
template <class Run>
std::thread startThread(const std::string& name, Run run) {
    try {
        std::thread thread(std::move(run));
        pthread_setname_np(thread.native_handle(), name.c_str());
        return thread;
    } catch (const std::system_error& error) {
        throw std::runtime_error("the thread " + name +
                                 " cannot be started: " + error.code().message());
    }
}

}  // namespace postbell::util
