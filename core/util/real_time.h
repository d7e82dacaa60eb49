// SPDX-License-Identifier: Apache-2.0
// The machine's own steady time, for times that `[gateway] clock_speed` must not speed up.
#pragma once
#include <chrono>

#include "util/time.h"

namespace postbell::util {

/// How long a commit, a plugin or a push network takes depends on the machine or the network, and
/// a condition variable wakes up by this clock: latencies in metrics, deadlines of waiting threads
/// and the database's back-off are real. All else asks a util::Clock. No mixing with its SteadyTime
/// compiles. The default value means "not known".
using RealTime = std::chrono::steady_clock::time_point;

inline RealTime realNow() {
    return std::chrono::steady_clock::now();
}

/// A span of real time. Clock::ofReal() alone makes a span of the gateway's time of it.
class RealSpan {
  public:
    constexpr RealSpan() = default;
    /// Not explicit: where a span is declared as real, its number is one of real time.
    template <class Rep, class Period>
    // NOLINTNEXTLINE(google-explicit-constructor)
    constexpr RealSpan(std::chrono::duration<Rep, Period> span) : span_(span) {}
    constexpr Milliseconds inRealTime() const { return span_; }
    friend bool operator==(const RealSpan&, const RealSpan&) = default;

  private:
    Milliseconds span_{0};
};

}  // namespace postbell::util
