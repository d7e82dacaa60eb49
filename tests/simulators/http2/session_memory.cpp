// SPDX-License-Identifier: Apache-2.0
#include "session_memory.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace http2_simulator {

namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 16;  // up to 1024 bytes; what is larger is malloc's

struct alignas(std::max_align_t) Block {
    std::size_t room;
    Block* next;
};

class FreeLists {
  public:
    FreeLists() = default;
    FreeLists(const FreeLists&) = delete;
    FreeLists& operator=(const FreeLists&) = delete;
    ~FreeLists() {
        for (Block* block : heads_)
            while (block != nullptr) {
                Block* next = block->next;
                std::free(block);
                block = next;
            }
    }

    void* take(std::size_t size) {
        const std::size_t index = size == 0 ? 0 : (size - 1) / kStep;
        if (index < kClasses && heads_[index] != nullptr) {
            Block* block = heads_[index];
            heads_[index] = block->next;
            return block + 1;
        }
        const std::size_t room = index < kClasses ? (index + 1) * kStep : size;
        auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + room));
        if (block == nullptr) return nullptr;
        block->room = room;
        return block + 1;
    }

    void giveBack(void* memory) {
        if (memory == nullptr) return;
        Block* block = static_cast<Block*>(memory) - 1;
        const std::size_t index = (block->room - 1) / kStep;
        if (index >= kClasses) return std::free(block);
        block->next = heads_[index];
        heads_[index] = block;
    }

    void* resize(void* memory, std::size_t size) {
        if (memory == nullptr) return take(size);
        const std::size_t room = (static_cast<Block*>(memory) - 1)->room;
        if (size <= room) return memory;
        void* larger = take(size);
        if (larger == nullptr) return nullptr;
        std::memcpy(larger, memory, room);
        giveBack(memory);
        return larger;
    }

  private:
    std::array<Block*, kClasses> heads_{};
};

FreeLists& lists() {
    static thread_local FreeLists mine;
    return mine;
}

}  // namespace

nghttp2_mem* sessionMemory() {
    static nghttp2_mem memory = {
        nullptr, [](std::size_t size, void*) { return lists().take(size); },
        [](void* block, void*) { lists().giveBack(block); },
        [](std::size_t count, std::size_t size, void*) {
            void* block = lists().take(count * size);
            return block == nullptr ? block : std::memset(block, 0, count * size);
        },
        [](void* block, std::size_t size, void*) { return lists().resize(block, size); }};
    return &memory;
}

}  // namespace http2_simulator
