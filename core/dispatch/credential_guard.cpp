// SPDX-License-Identifier: Apache-2.0
#include "dispatch/credential_guard.h"

#include <algorithm>
#include <utility>

namespace postbell::dispatch {
namespace {

constexpr util::Milliseconds kMinute = std::chrono::minutes(1);
constexpr util::Milliseconds kHour = std::chrono::hours(1);

}  // namespace

CredentialGuard::CredentialGuard(store::GuardState state, util::WallTime uploaded_at, bool renewal,
                                 util::WallTime now)
    : state_(std::move(state)) {
    if (!paused() || (!renewal && uploaded_at <= state_.paused_at)) return;
    state_.good_at = state_.other_good_at = {};
    state_.good_device.clear();
    state_.suspects.clear();
    state_.probe_interval = kMinute;
    state_.probe_at = now;
    changed_ = true;
}

Admission CredentialGuard::admit(const Now& now) const {
    if (!paused()) {
        if (held(now.steady)) return {Admission::Kind::WaitUntil, hold_until_};
        return {Admission::Kind::Open, {}};
    }
    if (probing_) return {Admission::Kind::WaitUntil, kUntilAnswered};
    const util::Milliseconds wait = state_.probe_at - now.wall;
    if (wait > wait.zero()) return {Admission::Kind::WaitUntil, now.steady + wait};
    return {Admission::Kind::Probe, {}};
}

bool CredentialGuard::good(std::string_view device, util::WallTime now) {
    // The last good of another device is kept beside: a device is no witness in its own case.
    if (state_.good_device != device) {
        state_.other_good_at = state_.good_at;
        state_.good_device = device;
    }
    state_.good_at = now;
    const bool opened = paused();
    if (opened || !state_.suspects.empty() || now - stored_good_at_ >= kMinute) changed_ = true;
    state_.suspects.clear();
    state_.paused_at = state_.probe_at = {};
    state_.probe_interval = {};
    state_.paused_reason.clear();
    return opened;
}

bool CredentialGuard::otherWasGood(std::string_view device, util::WallTime now) const {
    const util::WallTime good_at =
        state_.good_device == device ? state_.other_good_at : state_.good_at;
    return util::isSet(good_at) && now - good_at <= kHour;
}

std::size_t CredentialGuard::suspectsWith(std::string_view device) const {
    const auto& suspects = state_.suspects;
    const bool is_one = std::find(suspects.begin(), suspects.end(), device) != suspects.end();
    return suspects.size() + (is_one ? 0 : 1);
}

void CredentialGuard::suspect(std::string_view device) {
    if (suspectsWith(device) == state_.suspects.size()) return;
    state_.suspects.emplace_back(device);
    changed_ = true;
}

void CredentialGuard::pause(std::string_view reason, util::WallTime now) {
    state_.paused_at = now;
    state_.paused_reason = reason;
    probeLater(kMinute, now);
}

void CredentialGuard::probeRefused(std::string_view reason, util::WallTime now) {
    state_.paused_reason = reason;
    probeLater(2 * state_.probe_interval, now);
}

void CredentialGuard::probeUndecided(util::WallTime now) {
    if (paused()) probeLater(state_.probe_interval, now);
}

void CredentialGuard::holdUntil(util::SteadyTime when) {
    hold_until_ = std::max(hold_until_, when);
}

void CredentialGuard::authorizationDropped() {
    ++dropped_authorizations_;
    reauthorizing_ = true;
}

void CredentialGuard::probeLater(util::Milliseconds interval, util::WallTime now) {
    interval = std::clamp(interval, kMinute, kHour);
    state_.probe_interval = interval;
    state_.probe_at = now + interval;
    changed_ = true;
}

bool CredentialGuard::takeChanged() {
    if (!changed_) return false;
    changed_ = false;
    stored_good_at_ = state_.good_at;
    return true;
}

}  // namespace postbell::dispatch
