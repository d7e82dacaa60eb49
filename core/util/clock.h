// SPDX-License-Identifier: Apache-2.0
// The gateway's time: tests and `[gateway] clock_speed` drive it. Beside it: util/real_time.h.
#pragma once
#include "util/real_time.h"
#include "util/time.h"

namespace postbell::util {

/// Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual SteadyTime steady() const = 0;
    /// How long `delay` of this clock lasts in real time: for timers.
    virtual Microseconds realTime(Milliseconds delay) const { return delay; }
    /// How much of this clock passes in `real`: for time-outs of the network, which no clock
    /// speeds up.
    virtual Milliseconds ofReal(RealSpan real) const { return real.inRealTime(); }
};

/// The machine's clock, running `speed` times as fast from the moment of construction on.
class SystemClock final : public Clock {
  public:
    explicit SystemClock(double speed = 1.0);
    WallTime wall() const override;
    SteadyTime steady() const override;
    Microseconds realTime(Milliseconds delay) const override;
    Milliseconds ofReal(RealSpan real) const override;

  private:
    double speed_;
    WallTime wall_start_;
    std::chrono::steady_clock::time_point start_;
};

}  // namespace postbell::util
