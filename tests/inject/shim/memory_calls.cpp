// SPDX-License-Identifier: Apache-2.0
// Memory: malloc, where a library or the program's `new` asks for it.
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "libraries.h"
#include "plan.h"
#include "real.h"

using inject::Kind;

namespace {

bool noMemory(const char* call, void* caller) {
    if (inject::isUncounted()) return false;
    const auto kind = inject::memoryOf(caller);
    return kind && inject::fails(*kind, call, {ENOMEM});
}

// dlsym itself may ask for memory.
alignas(std::max_align_t) char early[65'536];
std::size_t early_used = 0;
thread_local bool resolving = false;

bool isEarly(const void* memory) {
    return memory >= early && memory < early + sizeof early;
}

void* earlyMemory(std::size_t size) {
    constexpr std::size_t kAlignment = alignof(std::max_align_t);
    void* memory = early + early_used;
    early_used += (size + kAlignment - 1) / kAlignment * kAlignment;
    return early_used <= sizeof early ? memory : nullptr;
}

template <class Function>
Function resolved(Function& known, const char* name) {
    if (known == nullptr) {
        resolving = true;
        known = inject::next<Function>(name);
        resolving = false;
    }
    return known;
}

decltype(&::malloc) real_malloc;
decltype(&::calloc) real_calloc;
decltype(&::realloc) real_realloc;
decltype(&::free) real_free;
decltype(&::posix_memalign) real_posix_memalign;

}  // namespace

extern "C" void* malloc(std::size_t size) noexcept {
    if (resolving) return earlyMemory(size);
    if (noMemory("malloc", __builtin_return_address(0))) return nullptr;
    return resolved(real_malloc, "malloc")(size);
}
extern "C" void* calloc(std::size_t count, std::size_t size) noexcept {
    if (resolving) return earlyMemory(count * size);
    if (noMemory("calloc", __builtin_return_address(0))) return nullptr;
    return resolved(real_calloc, "calloc")(count, size);
}
extern "C" void* realloc(void* memory, std::size_t size) noexcept {
    if (noMemory("realloc", __builtin_return_address(0))) return nullptr;
    return resolved(real_realloc, "realloc")(memory, size);
}
extern "C" void free(void* memory) noexcept {
    if (!isEarly(memory)) resolved(real_free, "free")(memory);
}
extern "C" int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
    if (noMemory("posix_memalign", __builtin_return_address(0))) return ENOMEM;
    return resolved(real_posix_memalign, "posix_memalign")(memory, alignment, size);
}
