// SPDX-License-Identifier: Apache-2.0
#include "support/failing_new.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

struct Order {
    std::size_t after = 0, count = 0;
};
thread_local constinit Order order;
std::atomic<std::size_t> failing_bytes{0};
std::atomic<std::size_t> failed{0};

bool fails(std::size_t bytes) noexcept {
    if (failing_bytes.load(std::memory_order_relaxed) == bytes &&
        failing_bytes.exchange(0, std::memory_order_relaxed) == bytes)
        return true;
    if (order.count == 0) return false;
    if (order.after > 0) {
        --order.after;
        return false;
    }
    --order.count;
    return true;
}

}  // namespace

namespace postbell::testing {

void failAllocations(std::size_t after, std::size_t count) noexcept {
    order = {after, count};
}

void failAllocationOf(std::size_t bytes) noexcept {
    failing_bytes = bytes;
}

std::size_t endOfFailures() noexcept {
    order = {};
    failing_bytes = 0;
    return failed.exchange(0);
}

}  // namespace postbell::testing

// The other forms of the C++ library call these.
void* operator new(std::size_t bytes) {
    void* const memory = fails(bytes) ? nullptr : std::malloc(std::max<std::size_t>(bytes, 1));
    if (memory != nullptr) return memory;
    ++failed;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
// A sanitizer's own forms without exceptions would not fit these.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    try {
        return operator new(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept {
    std::free(memory);
}
