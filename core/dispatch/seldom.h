// SPDX-License-Identifier: Apache-2.0
// Lines of the log that would repeat themselves.
#pragma once
#include <cstdint>
#include <optional>
#include <utility>

#include "util/real_time.h"

namespace postbell::dispatch {

/// Admits an occasion a minute. Confined to one thread.
class Seldom {
  public:
    /// Nothing: too soon. Else the number of occasions since the last one that was admitted, with
    /// this one.
    std::optional<std::uint64_t> admit(util::RealTime now) {
        ++occasions_;
        if (admitted_ != util::RealTime() && now - admitted_ < kInterval) return {};
        admitted_ = now;
        return std::exchange(occasions_, 0);
    }

  private:
    static constexpr std::chrono::minutes kInterval{1};
    util::RealTime admitted_;  // not set: never
    std::uint64_t occasions_ = 0;
};

}  // namespace postbell::dispatch
