// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "util/real_time.h"

namespace postbell::store {

/// When the rows of the ledger are written, and how many at a time. A row is on a page of its own
/// for nearly each registration, so that a few dozen rows take longer than an event. They go with
/// large groups, in which they hardly count, and otherwise with settlements or alone, where an
/// event waits for them only if it comes in that moment.
///
/// Each group with rows makes the readers take new snapshots and fill their caches anew. So rows go
/// in bursts of consecutive groups, and the rest merges between the bursts. Not thread-safe.
class SeenPace {
  public:
    using Duration = util::RealTime::duration;

    /// `delay`: how long the first row waits for company, and the pause between two bursts.
    explicit SeenPace(Duration delay) : delay_(delay) {}

    /// There is a row to write after there was none.
    void came(util::RealTime now) { beginBurst(now + delay_); }
    /// From when on rows go by themselves.
    util::RealTime due() const { return alone_at_; }
    /// How many rows may go along with a group of so many batches and blocking writes.
    std::size_t rowsBeside(std::size_t members, util::RealTime now) const;
    /// So many rows have gone.
    void took(std::size_t rows, util::RealTime now);

  private:
    void beginBurst(util::RealTime at);

    const Duration delay_;
    util::RealTime burst_at_{};  // from then on rows go along with large groups
    util::RealTime alone_at_{};
    std::size_t burst_left_ = 0;
};

}  // namespace postbell::store
