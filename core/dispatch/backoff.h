// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next attempt.
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>

namespace postbell::dispatch {

/// Doubles from `first_ms` to `most_ms`. Confined to one thread.
class Backoff {
  public:
    Backoff(std::int64_t first_ms, std::int64_t most_ms, std::uint64_t seed)
        : first_ms_(first_ms), most_ms_(most_ms), random_(seed) {}

    /// For the attempt that follows `failures` failures (from 1): between half and the whole of the
    /// doubled time, so that those who failed together do not come back together.
    /// `least_ms`: the network's own word for the first pause; it is never undercut.
    std::int64_t delayMs(std::uint32_t failures, std::int64_t least_ms = 0) {
        const std::uint32_t doublings = std::min(failures > 0 ? failures - 1 : 0, 30u);
        const std::int64_t first = std::max(first_ms_, 2 * least_ms);
        const std::int64_t whole = std::min(std::max(most_ms_, 2 * least_ms), first << doublings);
        return std::uniform_int_distribution<std::int64_t>(whole / 2, whole)(random_);
    }

  private:
    std::int64_t first_ms_;
    std::int64_t most_ms_;
    std::mt19937_64 random_;
};

}  // namespace postbell::dispatch
