// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "store/records.h"

namespace postbell::store {

/// What a push needs, before its token is opened.
struct SealedTarget {
    Registration registration;
    std::string token, token_key;
    std::int64_t token_at = 0;
    std::int64_t first_410_at = 0;
};

/// An event's registration is read when it comes and would be read again when it is pushed, mostly
/// a moment later and with nothing changed in between. Keeps the newest of some hundred targets for
/// that second time. Thread-safe.
class RecentTargets {
  public:
    /// `changes`: ReaderPool::changes() from before it was read.
    void put(SealedTarget target, std::uint64_t changes) {
        const std::lock_guard lock(slots_mutex_);
        Slot& slot = slotOf(target.registration.id);
        slot.changes = changes;
        slot.target = std::move(target);
    }
    /// Nothing: it is not there, or something was changed since it was read.
    std::optional<SealedTarget> take(Id registration, std::uint64_t changes) {
        const std::lock_guard lock(slots_mutex_);
        Slot& slot = slotOf(registration);
        if (!slot.target || slot.target->registration.id != registration) return std::nullopt;
        auto taken = std::exchange(slot.target, std::nullopt);
        return slot.changes == changes ? std::move(taken) : std::nullopt;
    }

  private:
    struct Slot {
        std::optional<SealedTarget> target;
        std::uint64_t changes = 0;
    };
    Slot& slotOf(Id registration) {
        return slots_[static_cast<std::uint64_t>(registration) % slots_.size()];
    }

    std::mutex slots_mutex_;
    std::array<Slot, 512> slots_;
};

}  // namespace postbell::store
