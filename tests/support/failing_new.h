// SPDX-License-Identifier: Apache-2.0
// Memory that is short on purpose, for test programs that link failing_new.cpp.
#pragma once
#include <cstddef>

namespace postbell::testing {

/// On this thread, operator new gives memory `after` times, and then throws `count` times.
void failAllocations(std::size_t after, std::size_t count) noexcept;
/// On whichever thread, operator new throws at the next allocation of so many bytes.
void failAllocationOf(std::size_t bytes) noexcept;
/// The allocations that failed since the last call, on all threads. None fails from here on by
/// this thread's order, or by failAllocationOf().
std::size_t endOfFailures() noexcept;

}  // namespace postbell::testing
