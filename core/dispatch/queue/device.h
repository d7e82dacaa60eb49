// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "dispatch/flight/now.h"
#include "dispatch/flight/standing.h"
#include "dispatch/queue/token_history.h"
#include "dispatch/queue/waiting.h"

namespace postbell::dispatch {

/// A device of a lane. At most one push is under way for it, so that an older count never overtakes
/// a newer one. Its DeviceQueue moves it from state to state.
class Device {
  public:
    /// Queued -> InHand -> Busy -> InHand -> Queued; or from InHand to WithoutSlot, and from there
    /// to Queued, or to InHand as a probe.
    enum class State {
        Queued,       ///< due at a time, or nothing is pending
        InHand,       ///< a turn, or an answer, is looking at it: see DeviceInHand
        Busy,         ///< its push is in flight or being encoded, or its count is being read
        WithoutSlot,  ///< in its destination's list of devices without a slot
    };

    Device(store::Id its_id, std::uint64_t arrived) : id(its_id), arrived_(arrived) {}

    const store::Id id;
    std::vector<Waiting> waiting;  ///< one for each registration with a pending row
    TokenHistory token;
    /// All pools were busy when its push was to be sent; the value: how its origin stands.
    std::optional<Standing> without_pool;

    Waiting* find(store::Id registration);
    State state() const { return state_; }
    /// The end of its pause.
    util::SteadyTime notBefore() const { return not_before_; }
    /// Failures in a row.
    std::uint32_t failures() const { return failures_; }
    /// The failures with this one.
    std::uint32_t failed() { return ++failures_; }
    /// A push was delivered.
    void well() {
        failures_ = 0;
        not_before_ = kAtOnce;
        token.forgetForeignWords();
    }

  private:
    friend class DeviceQueue;
    enum class Line { First, Last };

    State state_ = State::Queued;
    std::uint32_t failures_ = 0;
    util::SteadyTime not_before_ = kAtOnce;
    bool waits_for_origin_ = false;  // `not_before_` ends as soon as its origin works again
    std::uint64_t waiters_ = 0;      // the number of the OriginWaiters that it stands in; 0: none
    // Its place in a schedule, of the state Queued alone. kNever: it has none.
    util::SteadyTime scheduled_ = kNever;
    Line line_ = Line::First;
    // Numbers of the queue, which grow.
    std::uint64_t arrived_;
    std::uint64_t probed_ = 0;  // when it last served as a probe; 0: never
};

}  // namespace postbell::dispatch
