// SPDX-License-Identifier: Apache-2.0
#include "support/scarce_memory.h"

#include <cstdlib>
#include <new>

namespace {

constexpr int kPlenty = -1;
// Allocations until one fails.
thread_local int t_granted = kPlenty;

}  // namespace

namespace postbell::testing {

ScarceMemory::ScarceMemory(int granted) {
    t_granted = granted;
}

ScarceMemory::~ScarceMemory() {
    t_granted = kPlenty;
}

bool ScarceMemory::ranShort() {
    return t_granted == kPlenty;
}

}  // namespace postbell::testing

void* operator new(std::size_t size) {
    if (t_granted != kPlenty && t_granted-- == 0) throw std::bad_alloc();
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
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
