// SPDX-License-Identifier: Apache-2.0
#include "validate/memory.h"

#include <fstream>

#include <unistd.h>

#include "validate/subject.h"

namespace postbell::validate {
namespace {

constexpr int kFillingCalls = 200;
constexpr int kCalls = 2000;
// Far more than caches and an allocator's fragments take: 16 KiB for each call.
constexpr std::size_t kMaxGrowth = 32 << 20;

/// The resident bytes of this process.
std::size_t residentBytes() {
    std::ifstream status("/proc/self/statm");
    std::size_t pages = 0, resident = 0;
    status >> pages >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

void requireNoGrowth(const std::string& function, const std::function<void()>& call) {
    const std::size_t at_first = residentBytes();
    const auto growth = [&](std::size_t since) {
        const std::size_t now = residentBytes();
        return now > since ? now - since : 0;
    };
    const auto tell = [&](int calls, std::size_t grown) {
        require(grown <= kMaxGrowth, function + " keeps memory: the process grew by " +
                                         std::to_string(grown >> 20) + " MiB in " +
                                         std::to_string(calls) + " calls with the same input");
    };
    // A first look already here: a large leak would exhaust the machine before the second.
    for (int i = 1; i <= kFillingCalls; ++i) {
        call();
        if (const std::size_t grown = growth(at_first); grown > 16 * kMaxGrowth) tell(i, grown);
    }
    const std::size_t filled = residentBytes();
    for (int i = 1; i <= kCalls; ++i) {
        call();
        tell(i, growth(filled));
    }
}

}  // namespace postbell::validate
