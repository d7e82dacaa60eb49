// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/credential_guard.h"

#include <algorithm>
#include <utility>

namespace postbell::dispatch {
namespace {

constexpr util::Milliseconds kMinute = std::chrono::minutes(1);
constexpr util::Milliseconds kHour = std::chrono::hours(1);

bool isAmong(const std::vector<store::Id>& devices, store::Id device) {
    return std::find(devices.begin(), devices.end(), device) != devices.end();
}

}  // namespace

CredentialGuard::CredentialGuard(store::GuardState state, util::WallTime uploaded_at,
                                 const Now& now)
    : state_(std::move(state)),
      // An upload of a clock that was ahead is older than any word from now on.
      uploaded_at_(std::min(uploaded_at, now.wall)) {
    if (!paused()) return;
    // A renewed guard has no interval until its first probe, which is due at once.
    const auto interval = std::clamp(state_.probe_interval, util::Milliseconds(0), kHour);
    probe_at_ = now.steady + std::clamp(state_.probe_at - now.wall, interval.zero(), interval);
    state_.probe_interval = std::max(interval, kMinute);
}

Admission CredentialGuard::admit(const Now& now) const {
    if (!paused()) {
        if (slowed(now.steady)) return {Admission::Kind::WaitUntil, slowed_until_};
        return {Admission::Kind::Open, {}};
    }
    if (probing_) return {Admission::Kind::WaitUntil, kUntilAnswered};
    if (now.steady < probe_at_) return {Admission::Kind::WaitUntil, probe_at_};
    return {Admission::Kind::Probe, {}};
}

bool CredentialGuard::good(store::Id device, const Now& now) {
    // The last good of another device is kept beside: a device is no witness in its own case.
    if (good_device_ != device) {
        other_good_at_ = good_at_;
        good_device_ = device;
    }
    state_.good_at = now.wall;
    good_at_ = now.steady;
    if (!state_.suspects.empty() || !state_.strangers.empty() || !util::isSet(good_stored_) ||
        good_at_ - good_stored_ >= kMinute)
        changed_ = true;
    state_.suspects.clear();
    state_.strangers.clear();
    return open();
}

bool CredentialGuard::open() {
    if (!paused()) return false;
    state_.paused_at = state_.probe_at = {};
    state_.probe_interval = {};
    state_.paused_reason.clear();
    changed_ = true;
    return true;
}

bool CredentialGuard::otherGoodSince(store::Id device, util::SteadyTime when) const {
    const util::SteadyTime good_at = good_device_ == device ? other_good_at_ : good_at_;
    return util::isSet(good_at) && good_at > when;
}

std::size_t CredentialGuard::suspectsWith(store::Id device) const {
    return state_.suspects.size() + (isAmong(state_.suspects, device) ? 0 : 1);
}

void CredentialGuard::suspect(store::Id device) {
    if (isAmong(state_.suspects, device)) return;
    state_.suspects.push_back(device);
    changed_ = true;
}

bool CredentialGuard::stranger(store::Id device) {
    if (util::isSet(state_.good_at) || state_.isDoubtful() || isAmong(state_.strangers, device))
        return false;
    state_.strangers.push_back(device);
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

void CredentialGuard::slowDownUntil(util::SteadyTime when, std::string_view reason) {
    slowed_until_ = std::max(slowed_until_, when);
    if (state_.slowed_down == reason) return;
    state_.slowed_down = reason;
    changed_ = true;
}

void CredentialGuard::fastAgain() {
    endAlarm(state_.slowed_down);
}

void CredentialGuard::authorizationDropped(std::string_view reason) {
    ++dropped_authorizations_;
    reauthorizing_ = true;
    state_.authorization_refused = reason;
    changed_ = true;
}

void CredentialGuard::forgetAuthorizationRefusal() {
    reauthorizing_ = false;
    endAlarm(state_.authorization_refused);
}

void CredentialGuard::nothingWaits() {
    endAlarm(state_.slowed_down);
    endAlarm(state_.authorization_refused);
}

void CredentialGuard::endAlarm(std::string& alarm) {
    if (alarm.empty()) return;
    alarm.clear();
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
