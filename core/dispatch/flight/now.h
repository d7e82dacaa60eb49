// SPDX-License-Identifier: Apache-2.0
// The moments that sending knows.
#pragma once
#include "util/time.h"

namespace postbell::dispatch {

/// Both times of one moment: waits are measured by steady time, stored times are wall time.
struct Now {
    util::WallTime wall;
    util::SteadyTime steady;
};

/// No moment of the clock: an event ends the wait.
constexpr util::SteadyTime kNever = util::SteadyTime::max();
/// Before every moment of the clock, which may have begun after a pending row was stored.
constexpr util::SteadyTime kAtOnce = util::SteadyTime::min();

}  // namespace postbell::dispatch
