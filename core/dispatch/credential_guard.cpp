// SPDX-License-Identifier: Apache-2.0
#include "dispatch/credential_guard.h"

#include <algorithm>
#include <utility>

namespace postbell::dispatch {
namespace {

constexpr util::Milliseconds kMinute = std::chrono::minutes(1);
constexpr util::Milliseconds kHour = std::chrono::hours(1);

bool isAmong(const std::vector<std::string>& devices, std::string_view device) {
    return std::find(devices.begin(), devices.end(), device) != devices.end();
}

}  // namespace

CredentialGuard::CredentialGuard(store::GuardState state, util::WallTime uploaded_at, bool renewal,
                                 const Now& now)
    : state_(std::move(state)), uploaded_at_(uploaded_at) {
    if (paused() && (renewal || uploaded_at > state_.paused_at)) {
        state_.good_at = {};
        state_.suspects.clear();
        state_.strangers.clear();
        state_.probe_interval = kMinute;
        state_.probe_at = now.wall;
        changed_ = true;
    }
    const util::Milliseconds interval = std::clamp(state_.probe_interval, kMinute, kHour);
    probe_at_ = now.steady + std::clamp(state_.probe_at - now.wall, interval.zero(), interval);
}

Admission CredentialGuard::admit(const Now& now) const {
    if (!paused()) {
        if (held(now.steady)) return {Admission::Kind::WaitUntil, hold_until_};
        return {Admission::Kind::Open, {}};
    }
    if (probing_) return {Admission::Kind::WaitUntil, kUntilAnswered};
    if (now.steady < probe_at_) return {Admission::Kind::WaitUntil, probe_at_};
    return {Admission::Kind::Probe, {}};
}

bool CredentialGuard::good(std::string_view device, const Now& now) {
    // The last good of another device is kept beside: a device is no witness in its own case.
    if (good_device_ != device) {
        other_good_at_ = good_at_;
        good_device_ = device;
    }
    state_.good_at = now.wall;
    good_at_ = now.steady;
    const bool opened = paused();
    if (opened || !state_.suspects.empty() || !state_.strangers.empty() ||
        !util::isSet(good_stored_) || good_at_ - good_stored_ >= kMinute)
        changed_ = true;
    state_.suspects.clear();
    state_.strangers.clear();
    state_.paused_at = state_.probe_at = {};
    state_.probe_interval = {};
    state_.paused_reason.clear();
    return opened;
}

bool CredentialGuard::otherGoodSince(std::string_view device, util::SteadyTime when) const {
    const util::SteadyTime good_at = good_device_ == device ? other_good_at_ : good_at_;
    return util::isSet(good_at) && good_at > when;
}

std::size_t CredentialGuard::suspectsWith(std::string_view device) const {
    return state_.suspects.size() + (isAmong(state_.suspects, device) ? 0 : 1);
}

void CredentialGuard::suspect(std::string_view device) {
    if (isAmong(state_.suspects, device)) return;
    state_.suspects.emplace_back(device);
    changed_ = true;
}

bool CredentialGuard::stranger(std::string_view device) {
    if (util::isSet(state_.good_at) || state_.isDoubtful() || isAmong(state_.strangers, device))
        return false;
    state_.strangers.emplace_back(device);
    changed_ = true;
    return state_.isDoubtful();
}

void CredentialGuard::pause(std::string_view reason, const Now& now) {
    state_.paused_at = now.wall;
    state_.paused_reason = reason;
    probeLater(kMinute, now);
}

void CredentialGuard::probeRefused(std::string_view reason, const Now& now) {
    state_.paused_reason = reason;
    probeLater(2 * state_.probe_interval, now);
}

void CredentialGuard::probeUndecided(const Now& now) {
    if (paused()) probeLater(state_.probe_interval, now);
}

void CredentialGuard::holdUntil(util::SteadyTime when) {
    hold_until_ = std::max(hold_until_, when);
}

void CredentialGuard::authorizationDropped(std::string_view reason) {
    ++dropped_authorizations_;
    reauthorizing_ = true;
    state_.authorization_refused = reason;
    changed_ = true;
}

void CredentialGuard::forgetAuthorizationRefusal() {
    reauthorizing_ = false;
    if (state_.authorization_refused.empty()) return;
    state_.authorization_refused.clear();
    changed_ = true;
}

void CredentialGuard::probeLater(util::Milliseconds interval, const Now& now) {
    interval = std::clamp(interval, kMinute, kHour);
    state_.probe_interval = interval;
    state_.probe_at = now.wall + interval;
    probe_at_ = now.steady + interval;
    changed_ = true;
}

bool CredentialGuard::takeChanged() {
    if (!changed_) return false;
    changed_ = false;
    good_stored_ = good_at_;
    return true;
}

}  // namespace postbell::dispatch
