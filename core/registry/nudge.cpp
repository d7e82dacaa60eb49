// SPDX-License-Identifier: Apache-2.0
#include "registry/nudge.h"

#include <algorithm>

#include "util/backoff.h"
#include "util/clock_tolerance.h"

namespace postbell::registry {
namespace {

using util::believed;

/// The last nudge, and the pause after it.
struct LastNudge {
    util::WallTime at;  ///< not set: there was none
    util::Milliseconds pause{0};

    LastNudge(const store::Registration& r, util::WallTime now) {
        at = r.seen.nudges == 0 ? util::WallTime() : believed(r.seen.nudged_at, now);
        if (!util::isSet(at)) return;
        // The seed keeps the pause the same in every call.
        const auto seed = static_cast<std::uint64_t>(r.id + util::toMs(at));
        pause = util::Backoff(kFirstNudgePause, kMaxNudgePause, seed).after(r.seen.nudges);
    }
};

}  // namespace

util::WallTime nextNudgeAt(const store::Registration& r, util::WallTime now) {
    const LastNudge last(r, now);
    // No server is heeded for longer: such a time is of a clock that was ahead.
    const util::WallTime quiet_until = r.quiet_until > now + kMaxNudgePause + util::kClockTolerance
                                           ? util::WallTime()
                                           : r.quiet_until;
    return util::isSet(last.at) ? std::max(quiet_until, last.at + last.pause) : quiet_until;
}

store::StagedEvent nudgeOf(const store::Registration& r, util::WallTime now) {
    const LastNudge last(r, now);
    const bool in_a_row = util::isSet(last.at) && now - last.at < 2 * last.pause;
    auto nudge = store::StagedEvent::of(r, store::StagedEvent::Kind::Check, now);
    nudge.nudges = in_a_row ? r.seen.nudges + 1 : 1;
    return nudge;
}

bool needsNudge(const store::Registration& r, const LifeClock& clock) {
    const util::WallTime since = actionSince(r, clock);
    if (!util::isSet(since) || clock.now < nextNudgeAt(r, clock.now)) return false;
    const util::WallTime nudged_at = believed(r.seen.nudged_at, clock.now);
    // A beginning that was noted while the clock was ahead is none after the nudge.
    if (!util::isSet(nudged_at) || nudged_at < believed(since, clock.now)) return true;
    const bool came_by = believed(r.seen.device_at, clock.now) >= nudged_at;
    return !came_by && clock.now - nudged_at >= util::kDay;
}

}  // namespace postbell::registry
