// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "util/clock.h"

namespace postbell::testing {

/// Stands still until a test moves it. Not thread-safe: move it while no other thread reads it.
class FakeClock final : public util::Clock {
  public:
    explicit FakeClock(std::int64_t wall_ms = 1'700'000'000'000, std::int64_t steady_ms = 1'000'000)
        : wall_(util::fromMs(wall_ms)), steady_(util::Milliseconds(steady_ms)) {}

    util::WallTime wall() const override { return wall_; }
    util::SteadyTime steady() const override { return steady_; }
    util::Milliseconds ofReal(util::RealSpan real) const override {
        return speed_ * real.inRealTime();
    }

    /// Time passes, on both clocks.
    void advance(util::Milliseconds by) {
        wall_ += by;
        steady_ += by;
    }
    /// An admin or NTP sets the wall clock; no time passes.
    void setWall(util::WallTime wall) { wall_ = wall; }
    /// Time runs that much faster than real time, for code that asks.
    void setSpeed(int speed) { speed_ = speed; }

  private:
    util::WallTime wall_;
    util::SteadyTime steady_;
    int speed_ = 1;
};

}  // namespace postbell::testing
