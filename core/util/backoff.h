// SPDX-License-Identifier: Apache-2.0
// How long to wait before trying again.
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>

#include "util/time.h"

namespace postbell::util {

/// The gateway's back-off: the pause doubles from `first` to `max`, and each pause is drawn
/// between half and the whole of its step, so that callers that failed together do not come back
/// together. Confined to one thread.
class Backoff {
  public:
    Backoff(Milliseconds first, Milliseconds max, std::uint64_t seed = std::random_device()())
        : first_(first), max_(max), random_(static_cast<std::uint32_t>(seed)) {}

    /// The pause after one more failure in a row.
    Milliseconds next() { return after(++failures_); }
    /// After a success: the next failure is the first.
    void reset() { failures_ = 0; }
    std::uint32_t failures() const { return failures_; }

    /// The pause after `failures` failures in a row (from 1), for callers that count for
    /// themselves. `least`: a pause that the other side asked for; it is never undercut.
    Milliseconds after(std::uint32_t failures, Milliseconds least = Milliseconds::zero()) {
        const std::uint32_t doublings = std::min(failures > 0 ? failures - 1 : 0, kMaxDoublings);
        const Milliseconds first = std::max(first_, 2 * least);
        const Milliseconds step =
            std::min(std::max(max_, 2 * least), Milliseconds(first.count() << doublings));
        return Milliseconds(std::uniform_int_distribution<Milliseconds::rep>(
            step.count() / 2, step.count())(random_));
    }

  private:
    static constexpr std::uint32_t kMaxDoublings = 30;

    Milliseconds first_;
    Milliseconds max_;
    std::uint32_t failures_ = 0;
    std::minstd_rand random_;
};

}  // namespace postbell::util
