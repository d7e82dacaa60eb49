// SPDX-License-Identifier: Apache-2.0
// A registration's state and its app's next action: derived from its row and the clock, never
// stored.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

#include "store/records/registration.h"

namespace postbell::registry {

enum class State { Waiting, Active, Stale, Disabled };
enum class Action { None, Subscribe, Renew, Resubscribe, Register };

struct LifeCycle {
    State state = State::Waiting;
    Action action = Action::Subscribe;
};

/// The time against which a registration is held.
struct LifeClock {
    util::WallTime now;
    /// When the mailbox listener came up: silence before says nothing.
    util::WallTime up_since;
    /// Of the subscription's instance; zero: silence says nothing.
    util::Milliseconds resubscribe_after{0};
    /// Before `up_since` the gateway was away for longer than mail servers try again.
    bool lost_subscriptions = false;
};

/// The clock of the instance that a registration's subscription is on.
using LifeClockOf = std::function<LifeClock(const store::Registration&)>;

/// The table "situation, state, action" of the life cycle.
LifeCycle lifeCycle(const store::Registration& registration, const LifeClock& clock);

/// Why a registration is stale.
enum class StaleReason {
    None,         ///< it is not
    Unmanaged,    ///< the gateway gets no subscription for its mailbox
    TurnedOff,    ///< its app was turned off and on again
    Ended,        ///< the mail server ended the subscription
    Expired,      ///< nobody renewed the subscription
    GatewayAway,  ///< the gateway was away for longer than mail servers try again
    Silent,       ///< the mail server's heartbeats stayed away
};
struct Staleness {
    StaleReason reason = StaleReason::None;
    util::WallTime since;
};
Staleness staleness(const store::Registration& registration, const LifeClock& clock);

/// Since when a stale registration is stale; not set if it is not. Its count is unknown for a day,
/// then left out of the badge.
util::WallTime staleSince(const store::Registration& registration, const LifeClock& clock);

/// No subscription was reported, no managed mailbox serves it, and its account is not proven.
bool hasNoSubscription(const store::Registration& registration);

/// When its app or its mail server was last heard of.
util::WallTime lastSign(const store::Registration& registration, util::WallTime now);

/// Since when the app should renew or resubscribe; not set if it should not.
util::WallTime actionSince(const store::Registration& registration, const LifeClock& clock);

/// Whether a notification named the reported folder since it was reported.
bool heardOwnFolder(const store::Registration& registration);

/// Whether a message for a subscription is served.
enum class Serving {
    Reported,    ///< the reported subscription, or the message names none
    Unreported,  ///< an id that was never reported, in its grace time: served without a badge
    Nobody,      ///< answer as the protocol ends a subscription
};

/// An id that was never reported is served until so long after the device's last call.
constexpr util::Milliseconds kUnreportedGrace = std::chrono::minutes(10);

/// Gives when the device last called.
using LastCall = std::function<util::WallTime()>;

/// `id_hash`: of the subscription that the message names; empty: it names none. `last_call` is
/// asked only if it matters, which is seldom: an event's way does not read when the device called.
Serving serving(const store::Recipient& registration, std::string_view instance,
                std::string_view id_hash, const LifeClock& clock, const LastCall& last_call);

std::string_view name(State state);
std::string_view name(Action action);

}  // namespace postbell::registry
