// SPDX-License-Identifier: Apache-2.0
#include "config/no_memory.h"

#include <cstdlib>
#include <new>
#include <string_view>

#include <unistd.h>

namespace postbell::config {
namespace {

constexpr std::string_view kSentence = "postbell: no memory left to read the config\n";

bool isForWantOfMemory() {
    try {
        std::rethrow_exception(std::current_exception());
    } catch (const std::bad_alloc&) {
        return true;
    } catch (...) {
        return false;
    }
}

[[noreturn]] void end() {
    if (std::current_exception() == nullptr || !isForWantOfMemory()) std::abort();
    [[maybe_unused]] const ssize_t written =
        ::write(STDERR_FILENO, kSentence.data(), kSentence.size());
    ::_exit(EXIT_FAILURE);
}

}  // namespace

NoMemorySentence::NoMemorySentence() : before_(std::set_terminate(end)) {}

NoMemorySentence::~NoMemorySentence() {
    std::set_terminate(before_);
}

}  // namespace postbell::config
