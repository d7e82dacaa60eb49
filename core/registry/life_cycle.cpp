// SPDX-License-Identifier: Apache-2.0
#include "registry/life_cycle.h"

#include <algorithm>

namespace postbell::registry {
namespace {

using store::Registration;

bool reported(const store::Recipient& r) {
    return !r.subscription.id_hash.empty();
}

/// Turned off and on again: what was reported before counts as replaced.
bool replacedByTurningOff(const store::Recipient& r) {
    return reported(r) && r.subscription.reported_at < r.app->enabled_at;
}

std::int64_t lastHeard(const Registration& r, const LifeClock& clock) {
    return std::max({r.seen.heard_at, r.subscription.reported_at, clock.up_since_ms});
}

bool lastFifth(const store::Subscription& s, std::int64_t now_ms) {
    return s.expires_at != 0 && (s.expires_at - now_ms) * 5 < s.expires_at - s.expires_set_at;
}

/// A failure that may go away by itself is the gateway's own business for so long.
constexpr std::int64_t kManagedPatienceMs = 10 * 60 * 1000;

/// The gateway holds no subscription for the mailbox, and does not get one: since when.
std::int64_t unmanageableSince(const store::ManagedState& m, std::int64_t now_ms) {
    const bool live = m.subscribed && (m.expires_at == 0 || now_ms < m.expires_at);
    if (live || m.failed_at == 0) return 0;
    return m.refused || now_ms - m.failed_at >= kManagedPatienceMs ? m.failed_at : 0;
}

}  // namespace

std::int64_t staleSince(const Registration& r, const LifeClock& clock) {
    if (r.managed.id != 0) return unmanageableSince(r.managed, clock.now_ms);
    const store::Subscription& s = r.subscription;
    if (!reported(r)) return 0;
    if (replacedByTurningOff(r)) return r.app->enabled_at;
    if (s.ended_at != 0) return s.ended_at;
    // Heard after its end: the server still keeps it, whatever was told.
    if (s.expires_at != 0 && clock.now_ms >= s.expires_at && r.seen.heard_at < s.expires_at)
        return s.expires_at;
    const std::int64_t silent_at = lastHeard(r, clock) + clock.resubscribe_after_ms;
    if (clock.resubscribe_after_ms != 0 && clock.now_ms >= silent_at) return silent_at;
    return 0;
}

LifeCycle lifeCycle(const Registration& r, const LifeClock& clock) {
    if (!r.app->enabled) return {State::Disabled, Action::None};
    if (r.device_dead_at != 0) return {State::Disabled, Action::Register};
    const bool proven = r.account_proof != store::AccountProof::None;
    if (!reported(r) && r.managed.id == 0 && !proven) return {State::Waiting, Action::Subscribe};
    if (staleSince(r, clock) != 0) return {State::Stale, Action::Resubscribe};
    if (r.subscription.renew_asked_at != 0 || lastFifth(r.subscription, clock.now_ms))
        return {State::Active, Action::Renew};
    return {State::Active, Action::None};
}

std::int64_t actionSince(const Registration& r, const LifeClock& clock) {
    switch (lifeCycle(r, clock).action) {
        case Action::Resubscribe:
            return staleSince(r, clock);
        case Action::Renew: {
            const store::Subscription& s = r.subscription;
            if (s.renew_asked_at != 0) return s.renew_asked_at;
            return s.expires_at - (s.expires_at - s.expires_set_at) / 5;
        }
        case Action::None:
        case Action::Subscribe:
        case Action::Register:
            return 0;
    }
    return 0;
}

bool needsNudge(const Registration& r, const LifeClock& clock) {
    constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
    const std::int64_t since = actionSince(r, clock);
    if (since == 0) return false;
    if (r.seen.nudged_at < since) return true;
    const bool came_by = r.seen.device_at >= r.seen.nudged_at;
    return !came_by && clock.now_ms - r.seen.nudged_at >= kDayMs;
}

Serving serving(const store::Recipient& r, std::string_view instance, std::string_view id_hash,
                const LifeClock& clock, const LastCall& last_call) {
    if (!r.isServed()) return Serving::Nobody;
    const store::Subscription& s = r.subscription;
    if (reported(r)) {
        // Another instance has nothing to say of it: its messages carry no proof of this one's.
        if (instance != s.instance) return Serving::Nobody;
        if (id_hash.empty() || id_hash == s.id_hash)
            return replacedByTurningOff(r) ? Serving::Nobody : Serving::Reported;
    }
    if (std::find(s.retired.begin(), s.retired.end(), id_hash) != s.retired.end())
        return Serving::Nobody;
    const std::int64_t known_at = std::max({last_call(), r.created_at, clock.up_since_ms});
    return clock.now_ms < known_at + kUnreportedGraceMs ? Serving::Unreported : Serving::Nobody;
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
