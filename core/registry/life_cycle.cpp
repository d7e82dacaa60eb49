// SPDX-License-Identifier: Apache-2.0
#include "registry/life_cycle.h"

#include <algorithm>

#include "store/records/retired_ids.h"
#include "util/clock_tolerance.h"

namespace postbell::registry {
namespace {

using store::Registration;
using util::believed;

bool reported(const store::Recipient& r) {
    return !r.subscription.id_hash.empty();
}

/// Turned off and on again: subscriptions that were reported before count as replaced.
bool replacedByTurningOff(const store::Recipient& r, util::WallTime now) {
    return reported(r) && r.subscription.reported_at < believed(r.app->enabled_at, now);
}

util::WallTime lastFifthFrom(const store::Subscription& s, util::WallTime now) {
    return s.expires_at - (s.expires_at - believed(s.expires_set_at, now)) / 5;
}

bool inLastFifth(const store::Subscription& s, util::WallTime now) {
    return util::isSet(s.expires_at) && now > lastFifthFrom(s, now);
}

/// A failure that may go away by itself, or that is no refusal of the mailbox itself, is the
/// gateway's own business for so long.
constexpr util::Milliseconds kMailboxPatience = std::chrono::minutes(10);

/// The gateway holds no subscription for the mailbox, and does not get one: since when.
util::WallTime unmanageableSince(const store::MailboxState& m, util::WallTime now) {
    const bool live = m.subscribed && (!util::isSet(m.expires_at) || now < m.expires_at);
    if (live || !util::isSet(m.failed_at)) return {};
    // Noted while the clock was ahead: for all that is known, long ago.
    const bool for_long = now - believed(m.failed_at, now) >= kMailboxPatience;
    return m.refused || for_long ? m.failed_at : util::WallTime();
}

}  // namespace

Staleness staleness(const Registration& r, const LifeClock& clock) {
    if (r.mailbox_state.id != 0) {
        const util::WallTime since = unmanageableSince(r.mailbox_state, clock.now);
        return {util::isSet(since) ? StaleReason::Unmanaged : StaleReason::None, since};
    }
    const store::Subscription& s = r.subscription;
    if (!reported(r)) return {};
    if (replacedByTurningOff(r, clock.now)) return {StaleReason::TurnedOff, r.app->enabled_at};
    if (util::isSet(s.ended_at)) return {StaleReason::Ended, s.ended_at};
    // Heard after its end: the server still keeps it, whatever end was reported.
    const util::WallTime heard_at = believed(r.seen.heard_at, clock.now);
    if (util::isSet(s.expires_at) && clock.now >= s.expires_at && heard_at < s.expires_at)
        return {StaleReason::Expired, s.expires_at};
    const util::WallTime sign_of_life = store::signOfLife(s, r.seen, clock.now);
    if (clock.lost_subscriptions && sign_of_life < clock.up_since)
        return {StaleReason::GatewayAway, clock.up_since};
    const util::WallTime silent_at =
        std::max(sign_of_life, clock.up_since) + clock.resubscribe_after;
    const bool has_heartbeat = clock.resubscribe_after > util::Milliseconds(0);
    if (has_heartbeat && clock.now >= silent_at) return {StaleReason::Silent, silent_at};
    return {};
}

util::WallTime staleSince(const Registration& r, const LifeClock& clock) {
    return staleness(r, clock).since;
}

bool hasNoSubscription(const Registration& r) {
    return !reported(r) && r.mailbox_state.id == 0 && r.account_proof == store::AccountProof::None;
}

util::WallTime lastSign(const Registration& r, util::WallTime now) {
    return std::max({believed(r.created_at, now), believed(r.seen.device_at, now),
                     believed(r.seen.heard_at, now), believed(r.subscription.reported_at, now)});
}

LifeCycle lifeCycle(const Registration& r, const LifeClock& clock) {
    if (!r.app->enabled) return {State::Disabled, Action::None};
    if (util::isSet(r.device_dead_at)) return {State::Disabled, Action::Register};
    if (hasNoSubscription(r)) return {State::Waiting, Action::Subscribe};
    if (util::isSet(staleSince(r, clock))) return {State::Stale, Action::Resubscribe};
    if (util::isSet(r.subscription.renew_asked_at) || inLastFifth(r.subscription, clock.now))
        return {State::Active, Action::Renew};
    return {State::Active, Action::None};
}

util::WallTime actionSince(const Registration& r, const LifeClock& clock) {
    switch (lifeCycle(r, clock).action) {
        case Action::Resubscribe:
            return staleSince(r, clock);
        case Action::Renew: {
            const store::Subscription& s = r.subscription;
            if (util::isSet(s.renew_asked_at)) return s.renew_asked_at;
            return lastFifthFrom(s, clock.now);
        }
        case Action::None:
        case Action::Subscribe:
        case Action::Register:
            return {};
    }
    return {};
}

bool heardOwnFolder(const Registration& r) {
    return util::isSet(r.seen.own_folder_at) && r.seen.own_folder_at >= r.folder.reported_at;
}

Serving serving(const store::Recipient& r, std::string_view instance, std::string_view id_hash,
                const LifeClock& clock, const LastCall& last_call) {
    if (!r.isServed()) return Serving::Nobody;
    const store::Subscription& s = r.subscription;
    if (reported(r)) {
        // Another instance has nothing to say of it: its messages carry no proof of this one's.
        if (instance != s.instance) return Serving::Nobody;
        if (id_hash.empty() || id_hash == s.id_hash)
            return replacedByTurningOff(r, clock.now) ? Serving::Nobody : Serving::Reported;
    }
    if (store::isRetired(s.retired, id_hash)) return Serving::Nobody;
    const util::WallTime known_at = std::max(
        {believed(last_call(), clock.now), believed(r.created_at, clock.now), clock.up_since});
    return clock.now < known_at + kUnreportedGrace ? Serving::Unreported : Serving::Nobody;
}

std::string_view name(State state) {
    switch (state) {
        case State::Waiting:
            return "waiting";
        case State::Active:
            return "active";
        case State::Stale:
            return "stale";
        case State::Disabled:
            return "disabled";
    }
    return "";
}

std::string_view name(Action action) {
    switch (action) {
        case Action::None:
            return "none";
        case Action::Subscribe:
            return "subscribe";
        case Action::Renew:
            return "renew";
        case Action::Resubscribe:
            return "resubscribe";
        case Action::Register:
            return "register";
    }
    return "";
}

}  // namespace postbell::registry
