// SPDX-License-Identifier: Apache-2.0
#include "dispatch/credential_guard.h"

#include <algorithm>

namespace postbell::dispatch {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::size_t kSuspectsThatPause = 3;

}  // namespace

bool CredentialGuard::good(std::string_view device, std::int64_t now_ms) {
    // The last good of another device is kept beside: a device is no witness in its own case.
    if (state_.good_device != device) {
        state_.other_good_at = state_.good_at;
        state_.good_device = device;
    }
    state_.good_at = now_ms;
    const bool opened = paused();
    if (opened || !state_.suspects.empty() || now_ms - stored_good_at_ >= kMinuteMs)
        changed_ = true;
    state_.suspects.clear();
    state_.paused_at = state_.probe_at = state_.probe_interval_ms = 0;
    state_.paused_reason.clear();
    return opened;
}

bool CredentialGuard::otherWasGood(std::string_view device, std::int64_t now_ms) const {
    const std::int64_t good_at =
        state_.good_device == device ? state_.other_good_at : state_.good_at;
    return good_at != 0 && now_ms - good_at <= kHourMs;
}

Verdict CredentialGuard::foreign(std::string_view device, std::string_view reason,
                                 std::int64_t now_ms) {
    if (paused()) {
        state_.paused_reason = reason;
        probeLater(state_.probe_interval_ms * 2, now_ms);
        return Verdict::Wait;
    }
    if (otherWasGood(device, now_ms)) return Verdict::DeviceDead;
    auto& suspects = state_.suspects;
    if (std::find(suspects.begin(), suspects.end(), device) == suspects.end()) {
        suspects.emplace_back(device);
        changed_ = true;
    }
    if (suspects.size() < kSuspectsThatPause) return Verdict::Wait;
    pause(reason, now_ms);
    return Verdict::Paused;
}

bool CredentialGuard::refused(std::string_view reason, std::int64_t now_ms) {
    if (paused()) {
        state_.paused_reason = reason;
        probeLater(state_.probe_interval_ms * 2, now_ms);
        return false;
    }
    pause(reason, now_ms);
    return true;
}

void CredentialGuard::probeUndecided(std::int64_t now_ms) {
    if (paused()) probeLater(state_.probe_interval_ms, now_ms);
}

void CredentialGuard::renewed(std::int64_t now_ms) {
    state_.good_at = state_.other_good_at = 0;
    state_.good_device.clear();
    state_.suspects.clear();
    if (paused()) {
        state_.probe_interval_ms = kMinuteMs;
        state_.probe_at = now_ms;
    }
    changed_ = true;
}

void CredentialGuard::pause(std::string_view reason, std::int64_t now_ms) {
    state_.paused_at = now_ms;
    state_.paused_reason = reason;
    probeLater(kMinuteMs, now_ms);
}

void CredentialGuard::probeLater(std::int64_t interval_ms, std::int64_t now_ms) {
    state_.probe_interval_ms = std::clamp(interval_ms, kMinuteMs, kHourMs);
    state_.probe_at = now_ms + state_.probe_interval_ms;
    changed_ = true;
}

bool CredentialGuard::takeChanged() {
    if (!changed_) return false;
    changed_ = false;
    stored_good_at_ = state_.good_at;
    return true;
}

}  // namespace postbell::dispatch
