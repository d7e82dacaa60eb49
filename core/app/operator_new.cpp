// SPDX-License-Identifier: Apache-2.0
// C++'s allocation functions on malloc(), which is the allocator's. Its own ones end the process
// where memory is short; these throw std::bad_alloc, which costs one request or one turn.
// Replaced as [new.delete] in the C++ standard has it.
#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

/// `allocate` gives null where memory is short. Asks the new-handler, if there is one, as long as
/// it finds memory to free.
template <class Allocate>
void* allocated(Allocate&& allocate) {
    for (;;) {
        if (void* const memory = allocate()) return memory;
        const std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) throw std::bad_alloc();
        handler();
    }
}

void* plain(std::size_t size) {
    return allocated([size] { return std::malloc(std::max<std::size_t>(size, 1)); });
}

void* aligned(std::size_t size, std::align_val_t alignment) {
    return allocated([size, alignment]() -> void* {
        void* memory = nullptr;
        return ::posix_memalign(&memory, static_cast<std::size_t>(alignment), size) == 0 ? memory
                                                                                         : nullptr;
    });
}

}  // namespace

// All forms: the allocator's library has each, and would be found before the C++ library's, which
// call these.
void* operator new(std::size_t size) {
    return plain(size);
}
void* operator new[](std::size_t size) {
    return plain(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return aligned(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return aligned(size, alignment);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(std::max<std::size_t>(size, 1));
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(std::max<std::size_t>(size, 1));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
