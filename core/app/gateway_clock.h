// SPDX-License-Identifier: Apache-2.0
// The gateway's time, which at `[gateway] clock_speed` goes on between starts.
#pragma once
#include <filesystem>

#include "util/clock.h"

namespace postbell::app {

/// Thread-safe. At speed 1 the machine's clock. At another speed it has run since the database was
/// first used at one, as if no start had come between: stored times never lie in its future. When
/// that was is kept in a file beside the database.
class GatewayClock final : public util::Clock {
  public:
    /// Throws std::runtime_error with a sentence if the file can be neither read nor made.
    GatewayClock(double speed, const std::filesystem::path& database);

    util::WallTime wall() const override { return clock_.wall() + ahead_; }
    util::SteadyTime steady() const override { return clock_.steady(); }
    util::Microseconds realTime(util::Milliseconds delay) const override {
        return clock_.realTime(delay);
    }
    util::Milliseconds ofReal(util::RealSpan real) const override { return clock_.ofReal(real); }

  private:
    const util::SystemClock clock_;
    util::Milliseconds ahead_{0};  // of a clock that were started now
};

}  // namespace postbell::app
