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

    std::int64_t wallMs() const override { return clock_.wallMs() + ahead_ms_; }
    std::int64_t steadyMs() const override { return clock_.steadyMs(); }
    std::chrono::microseconds realTime(std::int64_t delay_ms) const override {
        return clock_.realTime(delay_ms);
    }
    std::int64_t ofRealMs(std::int64_t real_ms) const override { return clock_.ofRealMs(real_ms); }

  private:
    const util::SystemClock clock_;
    std::int64_t ahead_ms_ = 0;  // of a clock that were started now
};

}  // namespace postbell::app
