// SPDX-License-Identifier: Apache-2.0
// A nudge asks an app, by a silent push, to check its registration.
#pragma once
#include "registry/life_cycle.h"
#include "store/records/records.h"

namespace postbell::registry {

/// Nudges that follow one another closely are of an app that subscribes again in vain, as when its
/// mailbox is over the server's budget: the pauses between them grow from the first to the second.
constexpr util::Milliseconds kFirstNudgePause = std::chrono::minutes(10);
constexpr util::Milliseconds kMaxNudgePause = std::chrono::hours(24);

/// The earliest time of the next nudge, whatever its reason; at most kMaxNudgePause after the last,
/// and after now. A mail server's wish for quiet is bounded by that before it is stored.
util::WallTime nextNudgeAt(const store::Registration& registration, util::WallTime now);

/// The nudge of `now`, to be staged.
store::StagedEvent nudgeOf(const store::Registration& registration, util::WallTime now);

/// Whether the app should be nudged now: once when `renew` or `resubscribe` appears, and again once
/// a day until it came by.
bool needsNudge(const store::Registration& registration, const LifeClock& clock);

}  // namespace postbell::registry
