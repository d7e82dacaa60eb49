// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <optional>

#include "util/time.h"

/// Of mimalloc, if the program is linked with it.
extern "C" void mi_collect(bool force) noexcept __attribute__((weak));

namespace postbell::net {

/// Gives memory back to the system once a flood of large bodies is over: the allocator keeps a
/// thread's freed memory until that thread allocates again. Confined to the reactor's thread.
class MemoryReturn {
  public:
    /// `receiving`: the memory of the requests that are on their way in now.
    void update(std::size_t receiving, util::SteadyTime now) {
        peak_ = std::max(peak_, receiving);
        if (peak_ >= kFlood && receiving <= peak_ / 8) {
            peak_ = receiving;
            due_ = now + kDelay;
        }
        if (!due_ || now < *due_) return;
        due_.reset();
        if (mi_collect != nullptr)
            mi_collect(true);
        else
            malloc_trim(0);
    }
    /// When the next update() is wanted; nothing: whenever.
    const std::optional<util::SteadyTime>& due() const { return due_; }

  private:
    /// Below, it is not worth the milliseconds.
    static constexpr std::size_t kFlood = 32 * 1024 * 1024;
    /// mimalloc itself waits for half a second before it takes memory for free.
    static constexpr util::Milliseconds kDelay{1'000};

    std::size_t peak_ = 0;
    std::optional<util::SteadyTime> due_;
};

}  // namespace postbell::net
