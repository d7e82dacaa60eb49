// SPDX-License-Identifier: Apache-2.0
// How long to wait before trying again.
#pragma once
#include <cstdint>
#include <random>

namespace postbell::engine {

/// Doubles from `first_ms` to `most_ms`, with jitter: each delay is between half and the whole of
/// its step, so that many that failed together do not come back together. Confined to one thread.
class Backoff {
  public:
    Backoff(std::int64_t first_ms, std::int64_t most_ms, std::uint32_t seed)
        : first_ms_(first_ms), most_ms_(most_ms), step_ms_(first_ms), random_(seed) {}

    std::int64_t next();
    void reset() { step_ms_ = first_ms_; }
    std::int64_t jittered(std::int64_t step_ms);

  private:
    const std::int64_t first_ms_;
    const std::int64_t most_ms_;
    std::int64_t step_ms_;
    std::minstd_rand random_;
};

}  // namespace postbell::engine
