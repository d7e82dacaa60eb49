// SPDX-License-Identifier: Apache-2.0
// From a pending row to a push.
#pragma once
#include "dispatch/flight/flights.h"
#include "dispatch/push/badge.h"
#include "dispatch/queue/device_queue.h"
#include "store/events.h"
#include "util/trace.h"

namespace postbell::dispatch {

/// Reads the content of a push to a device from the store. Confined to the loop's thread.
class PushComposer {
  public:
    enum class Result {
        Ready,
        RegistrationGone,  ///< deleted: its rows went with it
        Moved,             ///< the registration has another device by now
        TokenDead,         ///< its token is dead
        AppOff,
        CountFirst,  ///< the unread count of `flight`'s mailbox must be read first
    };

    /// The references must outlive the composer. `read_counts`: managed mailboxes can be counted.
    PushComposer(store::Events& events, util::TraceSource& traces, const LifeClockOf& life_clock_of,
                 bool read_counts)
        : events_(events),
          traces_(traces),
          life_clock_of_(life_clock_of),
          read_counts_(read_counts) {}

    /// The treatment of an unknown count.
    enum class UnknownCount { ReadFirst, Stays };
    /// Fills in the content of the flight; `waiting` is one of `device`. Throws store::StoreError.
    Result compose(Device& device, Waiting& waiting, UnknownCount unknown_count, util::WallTime now,
                   Flight& flight);

  private:
    bool mustCount(const Waiting& waiting, const store::PushTarget& target) const;
    std::int32_t badgeOf(Device& device, const PushContent& content);

    store::Events& events_;
    util::TraceSource& traces_;
    const LifeClockOf& life_clock_of_;
    const bool read_counts_;
};

}  // namespace postbell::dispatch
