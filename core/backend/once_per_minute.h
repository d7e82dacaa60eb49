// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>

#include "backend/real_time.h"

namespace postbell::backend {

/// For lines of the log that a mail server could cause at will: lets one through in a minute.
/// Thread-safe.
class OncePerMinute {
  public:
    bool allow() { return allow(realTime()); }
    bool allow(util::Microseconds now) {
        util::Microseconds::rep next = next_;
        return now.count() >= next && next_.compare_exchange_strong(next, (now + kPause).count());
    }

  private:
    static constexpr util::Microseconds kPause = std::chrono::minutes(1);
    std::atomic<util::Microseconds::rep> next_{0};
};

}  // namespace postbell::backend
