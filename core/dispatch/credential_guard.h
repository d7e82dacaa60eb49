// SPDX-License-Identifier: Apache-2.0
// How a credential stands: docs/decisions/when-a-push-network-says-no.md. One wrong upload must not
// wipe out everyone's registrations.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dispatch/gate.h"
#include "dispatch/now.h"
#include "store/records.h"
#include "util/time.h"

namespace postbell::dispatch {

/// For one credential and environment. Keeps the history of its answers; the rules that follow from
/// that are verdict()'s. Each stored time has a steady twin, so that a wall clock that is set back
/// delays nothing while the gateway runs; when a stored time is read again, it is bounded by its
/// interval. Confined to one thread.
class CredentialGuard {
  public:
    CredentialGuard() = default;
    /// The guard as it was stored with this upload. Rule 6: a pause that is older than the upload
    /// is an earlier upload's, as is every pause at a renewal, and is probed at once.
    CredentialGuard(store::GuardState state, util::WallTime uploaded_at, bool renewal,
                    const Now& now);

    /// Rule 4, and the pause that the push network asked the credential for.
    Admission admit(const Now& now) const;
    /// The push that admit() called Probe is on its way, or was answered.
    void probing(bool under_way) { probing_ = under_way; }

    /// Rule 1. True if this opened a paused credential: everything is due.
    bool good(std::string_view device, const Now& now);
    /// Rule 2: one more device whose token is foreign.
    void suspect(std::string_view device);
    /// Rules 2 and 3.
    void pause(std::string_view reason, const Now& now);
    /// Rule 5: the interval doubles.
    void probeRefused(std::string_view reason, const Now& now);
    /// Rule 5: the same interval again.
    void probeUndecided(const Now& now);
    /// The push network asks the credential to slow down.
    void holdUntil(util::SteadyTime when);
    /// The authorization was refused once and is dropped: a second refusal is the credential's.
    void authorizationDropped();
    void forgetAuthorizationRefusal() { reauthorizing_ = false; }

    bool paused() const { return util::isSet(state_.paused_at); }
    const std::string& pausedReason() const { return state_.paused_reason; }
    bool held(util::SteadyTime now) const { return hold_until_ > now; }
    bool reauthorizing() const { return reauthorizing_; }
    /// Tells answers to the authorization in use from answers to an earlier one: changes whenever
    /// an authorization is dropped or obtained. `number`: Session::authorizationNumber().
    std::uint64_t authorizationInUse(std::uint64_t number) const {
        return number + dropped_authorizations_;
    }
    /// Rule 2: another device was good within the last hour. A device is no witness in its own
    /// case.
    bool otherWasGood(std::string_view device, util::SteadyTime now) const;
    /// Rule 2: another device was good after `when`.
    bool otherGoodSince(std::string_view device, util::SteadyTime when) const;
    /// How many suspects there are, this device among them.
    std::size_t suspectsWith(std::string_view device) const;

    const store::GuardState& state() const { return state_; }
    /// True once after a change that must be stored; a later good_at alone is stored once a minute.
    bool takeChanged();

  private:
    util::SteadyTime otherGoodAt(std::string_view device) const {
        return state_.good_device == device ? other_good_at_ : good_at_;
    }
    void probeLater(util::Milliseconds interval, const Now& now);

    store::GuardState state_;
    bool changed_ = false;

    // In memory only. The first three are the twins of `state_`'s good_at, other_good_at, probe_at.
    util::SteadyTime good_at_, other_good_at_, probe_at_;
    util::SteadyTime good_stored_;  // the good_at_ that was stored last
    bool probing_ = false;
    bool reauthorizing_ = false;
    std::uint64_t dropped_authorizations_ = 0;
    util::SteadyTime hold_until_;
};

}  // namespace postbell::dispatch
