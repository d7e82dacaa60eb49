// SPDX-License-Identifier: Apache-2.0
// The guard of "When a push network says no": one wrong upload must not wipe out everyone's
// registrations.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "store/records.h"

namespace postbell::dispatch {

/// What follows from an outcome for the device that was pushed to.
enum class Verdict {
    DeviceDead,  ///< its token is dead
    Wait,        ///< it stays pending, with back-off
    Paused,      ///< this outcome paused the credential: it stays pending
};

/// For one credential and origin. Wall-clock milliseconds. A value; confined to one thread.
class CredentialGuard {
  public:
    CredentialGuard() = default;
    /// As it was stored.
    explicit CredentialGuard(store::GuardState state) : state_(std::move(state)) {}

    /// Rule 1: delivered, or a token explicitly dead. True if this opened a paused credential:
    /// everything is due.
    bool good(std::string_view device, std::int64_t now_ms);
    /// Rules 2 and 5: the network's word is one that a wrong credential causes as well.
    Verdict foreign(std::string_view device, std::string_view reason, std::int64_t now_ms);
    /// Rules 3 and 5: the credential was refused, or the authorization twice running. True if this
    /// paused it.
    bool refused(std::string_view reason, std::int64_t now_ms);
    /// Rule 5: the probe was answered neither yes nor no: the same interval again.
    void probeUndecided(std::int64_t now_ms);
    /// Rule 6: a new upload. A paused credential is probed at once.
    void renewed(std::int64_t now_ms);

    bool paused() const { return state_.paused_at != 0; }
    /// While paused: when the next probe may go out.
    std::int64_t probeAt() const { return state_.probe_at; }
    const store::GuardState& state() const { return state_; }
    /// True once after a change that must be stored; a later good_at alone is worth it once a
    /// minute.
    bool takeChanged();

  private:
    bool otherWasGood(std::string_view device, std::int64_t now_ms) const;
    void pause(std::string_view reason, std::int64_t now_ms);
    void probeLater(std::int64_t interval_ms, std::int64_t now_ms);

    store::GuardState state_;
    bool changed_ = false;
    std::int64_t stored_good_at_ = 0;
};

}  // namespace postbell::dispatch
