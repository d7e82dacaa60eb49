// SPDX-License-Identifier: Apache-2.0
// How a credential stands: docs/decisions/when-a-push-network-says-no.md. One wrong upload must not
// wipe out everyone's registrations, and made-up tokens must not pause a credential.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dispatch/channel/gate.h"
#include "dispatch/flight/now.h"
#include "store/records/records.h"
#include "util/time.h"

namespace postbell::dispatch {

/// For one credential and environment. Keeps the history of its answers; the rules that follow from
/// that are verdict()'s. Waits are measured on the steady clock, so that a wall clock that is set
/// back delays nothing while the gateway runs; a stored probe is bounded by its interval when it is
/// read again. Confined to one thread.
class CredentialGuard {
  public:
    CredentialGuard() = default;
    /// The guard as it is stored with this upload: see GuardState::renewed() for rule 7.
    CredentialGuard(store::GuardState state, util::WallTime uploaded_at, const Now& now);

    /// Rule 5, and the pause that the push network asked the credential for.
    Admission admit(const Now& now) const;
    /// The push that admit() called Probe is on its way: no other is.
    void probeBegun() { probing_ = true; }
    void probeEnded() { probing_ = false; }

    /// Rule 1. True if this opened a paused credential: everything is due.
    bool good(store::Id device, const Now& now);
    /// Rule 12: ends a pause, and is no word on any device. True if there was one.
    bool open();
    /// Rule 3: one more proven token is foreign.
    void suspect(store::Id device);
    /// Rule 8: one more token that was never delivered to is foreign. True if the credential is
    /// doubtful from now on.
    bool stranger(store::Id device);
    /// Rules 3 and 4.
    void pause(std::string_view reason, const Now& now);
    /// Rule 6: the interval doubles. No util::Backoff: it is one push, and its interval is stored.
    void probeRefused(std::string_view reason, const Now& now);
    /// Rule 6: the same interval again.
    void probeUndecided(const Now& now);
    /// The push network asks the credential to slow down: an alarm until fastAgain().
    void slowDownUntil(util::SteadyTime when, std::string_view reason);
    /// The push network takes pushes of the credential.
    void fastAgain();
    /// The authorization was refused once and is dropped: a second refusal is the credential's.
    void authorizationDropped(std::string_view reason);
    /// The authorization in use is accepted, or another takes its place in any case.
    void forgetAuthorizationRefusal();
    /// No push will end the alarms that speak of waiting pushes.
    void nothingWaits();

    bool paused() const { return util::isSet(state_.paused_at); }
    const std::string& pausedReason() const { return state_.paused_reason; }
    bool slowed(util::SteadyTime now) const { return slowed_until_ > now; }
    util::SteadyTime slowedUntil() const { return slowed_until_; }
    bool reauthorizing() const { return reauthorizing_; }
    /// Tells answers to the authorization in use from answers to an earlier one: changes whenever
    /// an authorization is dropped or obtained. `number`: Session::authorizationNumber().
    std::uint64_t authorizationInUse(std::uint64_t number) const {
        return number + dropped_authorizations_;
    }
    /// Rules 2 and 3: another device was good after `when`, by this upload and since the start. A
    /// device is no witness in its own case.
    bool otherGoodSince(store::Id device, util::SteadyTime when) const;
    /// How many suspects there are, this device among them.
    std::size_t suspectsWith(store::Id device) const;
    /// Rule 7: a word of before the upload was said of an earlier one. False too if there is none.
    bool counts(util::WallTime word_at) const {
        return util::isSet(word_at) && word_at >= uploaded_at_;
    }

    const store::GuardState& state() const { return state_; }
    /// True once after a change that must be stored; a later good_at alone is stored once a minute.
    bool takeChanged();

  private:
    void endAlarm(std::string& alarm);
    void probeLater(util::Milliseconds interval, const Now& now);

    store::GuardState state_;
    util::WallTime uploaded_at_;
    bool changed_ = false;

    // In memory only.
    store::Id good_device_ = 0;       // that was good last; 0: none
    util::SteadyTime good_at_;        // when it was
    util::SteadyTime other_good_at_;  // when the one before it was
    util::SteadyTime good_stored_;    // the good_at_ that was stored last
    util::SteadyTime probe_at_;       // the twin of state_'s
    bool probing_ = false;
    bool reauthorizing_ = false;
    std::uint64_t dropped_authorizations_ = 0;
    util::SteadyTime slowed_until_;
};

}  // namespace postbell::dispatch
