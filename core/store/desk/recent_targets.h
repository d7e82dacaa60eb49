// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "store/rows/recipient_reads.h"

namespace postbell::store {

/// An event's registration is read when the event comes and again when it is pushed, mostly
/// a moment later and with nothing changed in between. Keeps the newest of some hundred targets for
/// that second time. Thread-safe.
class RecentTargets {
  public:
    /// `data_version`: the readers' one from before the target was read.
    void put(SealedTarget target, std::uint64_t data_version) {
        const std::lock_guard lock(slots_mutex_);
        Slot& slot = slotOf(target.registration.id);
        slot.data_version = data_version;
        slot.target = std::move(target);
    }
    /// Nothing: the target is not kept, or the data has changed since it was read.
    std::optional<SealedTarget> take(Id registration, std::uint64_t data_version) {
        const std::lock_guard lock(slots_mutex_);
        Slot& slot = slotOf(registration);
        if (!slot.target || slot.target->registration.id != registration) return std::nullopt;
        auto taken = std::exchange(slot.target, std::nullopt);
        return slot.data_version == data_version ? std::move(taken) : std::nullopt;
    }

  private:
    struct Slot {
        std::optional<SealedTarget> target;
        std::uint64_t data_version = 0;
    };
    Slot& slotOf(Id registration) {
        return slots_[static_cast<std::uint64_t>(registration) % slots_.size()];
    }

    std::mutex slots_mutex_;
    std::array<Slot, 512> slots_;
};

}  // namespace postbell::store
