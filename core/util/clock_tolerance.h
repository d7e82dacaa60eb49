// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "util/time.h"

namespace postbell::util {

/// A wall clock that is wrong or was set by less is as good as right: NTP's steps are smaller, and
/// other machines accept as much.
constexpr Milliseconds kClockTolerance = std::chrono::minutes(1);

/// `stored`, or nothing if that time has not come yet: a time that was noted while the clock was
/// ahead says nothing once the clock is right.
constexpr WallTime believed(WallTime stored, WallTime now) {
    return stored - kClockTolerance <= now ? stored : WallTime();
}

}  // namespace postbell::util
