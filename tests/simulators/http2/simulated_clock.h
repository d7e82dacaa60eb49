// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>

namespace http2_simulator {

/// One reading of all the clocks.
struct Moment {
    std::int64_t unix_us = 0;
    std::int64_t monotonic_us = 0;
    /// What the simulator takes for now when it judges a JWT's age or dates a 410.
    double simulated_unix = 0;
};

std::int64_t monotonicUs();

/// The clock that JWTs are judged by; the machine's until told otherwise. Thread-safe.
class SimulatedClock {
  public:
    explicit SimulatedClock(double speed);

    Moment now() const;
    double speed() const;

    /// From now on the clock runs `speed` times as fast, `offset_seconds` ahead of the machine's.
    void setOffset(double offset_seconds, double speed);
    /// From now on the clock runs `speed` times as fast and shows `unix_seconds` at this moment.
    void setNow(double unix_seconds, double speed);

  private:
    mutable std::mutex mutex_;
    double speed_;
    bool follows_machine_;
    double offset_seconds_ = 0;
    double base_unix_ = 0;
    std::int64_t base_monotonic_us_ = 0;
};

}  // namespace http2_simulator
