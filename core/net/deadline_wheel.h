// SPDX-License-Identifier: Apache-2.0
// Deadlines of many connections at a constant price, exact to a tick.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>

#include "util/time.h"

namespace postbell::net {

/// A wheel of ticks. Every request moves a deadline further away, and that only stores a number:
/// the entry is looked at when its old tick comes, and put where it belongs then. Confined to one
/// thread.
class DeadlineWheel {
  public:
    static constexpr util::SteadyTime kNever = util::SteadyTime::max();
    static constexpr util::Milliseconds kTick{32};

    /// A member or a base of the object with the deadline. Leaves the wheel when destroyed; must
    /// not be moved.
    class Entry {
      public:
        Entry() = default;
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        util::SteadyTime deadline() const { return deadline_; }

      private:
        friend class DeadlineWheel;
        bool linked() const { return next_ != nullptr; }
        void unlink();
        Entry* previous_ = nullptr;
        Entry* next_ = nullptr;
        util::SteadyTime deadline_ = kNever;
        std::int64_t tick_ = 0;
    };

    explicit DeadlineWheel(util::SteadyTime now);
    DeadlineWheel(const DeadlineWheel&) = delete;
    DeadlineWheel& operator=(const DeadlineWheel&) = delete;

    /// In the past: due at the next tick. kNever takes it away.
    void set(Entry& entry, util::SteadyTime deadline);
    /// Calls `due` for every entry whose deadline has passed; it may set and destroy any entry.
    void expire(util::SteadyTime now, const std::function<void(Entry&)>& due);
    /// How long to sleep at most; nothing: for ever.
    std::optional<util::Milliseconds> wait(util::SteadyTime now) const;

  private:
    static constexpr std::int64_t kSlots = 2048;
    static constexpr std::int64_t kNoTick = std::numeric_limits<std::int64_t>::max();

    static constexpr std::int64_t tickOf(util::SteadyTime time) {
        return time.time_since_epoch() / kTick;
    }

    void link(Entry& entry);
    static void makeEmpty(Entry& ring);
    static void append(Entry& ring, Entry& entry);
    static void splice(Entry& from, Entry& to);
    Entry& slot(std::int64_t tick) { return slots_[static_cast<std::size_t>(tick % kSlots)]; }

    std::array<Entry, kSlots> slots_;      ///< heads of rings
    std::int64_t done_tick_;               ///< this tick and all before it have been looked at
    std::int64_t soonest_tick_ = kNoTick;  ///< no entry is linked before it
};

}  // namespace postbell::net
