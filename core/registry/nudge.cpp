// SPDX-License-Identifier: Apache-2.0
#include "registry/nudge.h"

#include <algorithm>

#include "util/backoff.h"

namespace postbell::registry {
namespace {

/// The pause after the last nudge. The seed keeps it the same whoever asks and when.
util::Milliseconds pauseAfterNudge(const store::Registration& r) {
    const auto seed = static_cast<std::uint64_t>(r.id + util::toMs(r.seen.nudged_at));
    return util::Backoff(kFirstNudgePause, kMaxNudgePause, seed).after(r.seen.nudges);
}

}  // namespace

util::WallTime nextNudgeAt(const store::Registration& r) {
    if (!util::isSet(r.seen.nudged_at) || r.seen.nudges == 0) return r.quiet_until;
    return std::max(r.quiet_until, r.seen.nudged_at + pauseAfterNudge(r));
}

std::uint32_t nudgesInARow(const store::Registration& r, util::WallTime now) {
    if (!util::isSet(r.seen.nudged_at) || r.seen.nudges == 0) return 1;
    return now - r.seen.nudged_at < 2 * pauseAfterNudge(r) ? r.seen.nudges + 1 : 1;
}

bool needsNudge(const store::Registration& r, const LifeClock& clock) {
    const util::WallTime since = actionSince(r, clock);
    if (!util::isSet(since) || clock.now < nextNudgeAt(r)) return false;
    if (r.seen.nudged_at < since) return true;
    const bool came_by = r.seen.device_at >= r.seen.nudged_at;
    return !came_by && clock.now - r.seen.nudged_at >= std::chrono::hours(24);
}

}  // namespace postbell::registry
