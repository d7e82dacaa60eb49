// SPDX-License-Identifier: Apache-2.0
// The only source of time in the core. Tests and `[gateway] clock_speed` drive it.
#pragma once
#include <chrono>
#include <cstdint>

namespace postbell::util {

/// Milliseconds since the UNIX epoch, and of a clock that never goes back. Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual std::int64_t wallMs() const = 0;
    virtual std::int64_t steadyMs() const = 0;
    /// How long `delay_ms` of this clock lasts in real time: for timers.
    virtual std::chrono::microseconds realTime(std::int64_t delay_ms) const {
        return std::chrono::milliseconds(delay_ms);
    }
    /// How much of this clock passes in `real_ms`: for time-outs of the network, which no clock
    /// speeds up.
    virtual std::int64_t ofRealMs(std::int64_t real_ms) const { return real_ms; }
};

/// The machine's clock, running `speed` times as fast from the moment of construction on.
class SystemClock final : public Clock {
  public:
    explicit SystemClock(double speed = 1.0);
    std::int64_t wallMs() const override;
    std::int64_t steadyMs() const override;
    std::chrono::microseconds realTime(std::int64_t delay_ms) const override;
    std::int64_t ofRealMs(std::int64_t real_ms) const override;

  private:
    double speed_;
    std::int64_t wall_start_ms_;
    std::chrono::steady_clock::time_point start_;
};

}  // namespace postbell::util
