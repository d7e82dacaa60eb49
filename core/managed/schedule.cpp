// SPDX-License-Identifier: Apache-2.0
#include "managed/schedule.h"

#include <algorithm>

namespace postbell::managed {
namespace {

constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
constexpr std::int64_t kDayMs = 24 * 60 * kMinuteMs;

std::int64_t spread(std::int64_t whole_ms, double from, double to, double chance) {
    return static_cast<std::int64_t>(static_cast<double>(whole_ms) * (from + (to - from) * chance));
}

bool expired(const store::ManagedMailbox& m, std::int64_t now_ms) {
    return m.expires_at != 0 && now_ms >= m.expires_at;
}

}  // namespace

Next nextTask(const store::ManagedMailbox& m, std::int64_t now_ms) {
    if (m.live == 0) {
        if (!m.subscription.empty()) return Next::Unsubscribe;
        return m.registrations == 0 ? Next::Forget : Next::Sleep;
    }
    if (m.subscription.empty() || m.ended_at != 0 || expired(m, now_ms)) return Next::Subscribe;
    if (m.renew_asked_at != 0) return Next::Reauthorize;
    if (m.expires_at != 0 && now_ms >= m.renew_at) return Next::Renew;
    return Next::Sleep;
}

std::int64_t sleepUntil(const store::ManagedMailbox& m, std::int64_t now_ms) {
    if (m.live == 0 || m.expires_at == 0) return now_ms + kDayMs;
    return std::max(m.renew_at, now_ms + kSecondMs);
}

std::int64_t renewAt(std::int64_t now_ms, std::int64_t expires_ms, double chance) {
    if (expires_ms == 0) return now_ms + kDayMs;
    return now_ms + spread(std::max<std::int64_t>(expires_ms - now_ms, 0), 0.45, 0.6, chance);
}

std::int64_t retryAfter(std::uint32_t failures, bool refused, double chance) {
    const std::int64_t first = refused ? 5 * kMinuteMs : 2 * kSecondMs;
    const std::int64_t most = refused ? 6 * 60 * kMinuteMs : 15 * kMinuteMs;
    const std::uint32_t doublings = std::min(failures > 0 ? failures - 1 : 0, 20u);
    return spread(std::min(most, first << doublings), 0.5, 1.0, chance);
}

}  // namespace postbell::managed
