// SPDX-License-Identifier: Apache-2.0
// The machine's own steady time, for what `[gateway] clock_speed` must not speed up.
#pragma once
#include <chrono>

namespace postbell::util {

/// How long a commit, a plugin or a push network takes depends on the machine or the network, and
/// a condition variable wakes up by this clock: latencies in metrics, deadlines of waiting threads
/// and the database's back-off are real. All else asks a util::Clock. No mixing with its SteadyTime
/// compiles. The default value means "not known".
using RealTime = std::chrono::steady_clock::time_point;

inline RealTime realNow() {
    return std::chrono::steady_clock::now();
}

}  // namespace postbell::util
