// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <thread>

namespace postbell::util {

/// A reason so short that a string with it needs no memory.
constexpr const char* kNoMemory = "no memory left";

/// False: it threw.
template <class Work>
bool succeeds(const Work& work) noexcept {
    try {
        work();
        return true;
    } catch (...) {
        return false;
    }
}

/// For a step without which others would wait for ever, such as an answer that a caller waits for.
/// It fails only for want of memory, and is tried until there is some.
template <class Work>
void insist(const Work& work) noexcept {
    constexpr std::chrono::milliseconds kPause{50};
    while (!succeeds(work)) std::this_thread::sleep_for(kPause);
}

}  // namespace postbell::util
