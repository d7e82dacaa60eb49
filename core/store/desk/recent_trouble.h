// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <utility>

#include "util/real_time.h"

namespace postbell::store {

/// The last trouble of many threads, which is forgotten after some seconds: trouble that comes back
/// each second is never forgotten. Thread-safe.
class RecentTrouble {
  public:
    void note(std::string reason, util::RealTime now) {
        const std::lock_guard lock(mutex_);
        reason_ = std::move(reason);
        noted_at_ = now;
    }
    /// Empty: none of late.
    std::string recent(util::RealTime now) const {
        const std::lock_guard lock(mutex_);
        return now - noted_at_ < kRemembered ? reason_ : std::string();
    }

  private:
    static constexpr std::chrono::seconds kRemembered{5};

    mutable std::mutex mutex_;
    std::string reason_;
    util::RealTime noted_at_;
};

}  // namespace postbell::store
