// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <utility>

#include "log/seldom.h"
#include "util/real_time.h"

namespace postbell::dispatch {

/// Lines on a trouble that may come and go at a push network's will: its begin is told once a
/// minute at most, and its end only where the begin was. Confined to one thread.
class EpisodeLines {
  public:
    /// Whether to tell that the trouble begins, or goes on.
    bool begins(util::RealTime now) {
        if (!lines_.admit(now)) return false;
        return told_ = true;
    }
    /// Whether to tell its end.
    bool ends() { return std::exchange(told_, false); }

  private:
    log::Seldom<util::RealTime> lines_;
    bool told_ = false;
};

}  // namespace postbell::dispatch
