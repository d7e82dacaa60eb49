// SPDX-License-Identifier: Apache-2.0
// Lines of the log that would repeat themselves.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace postbell::log {

/// The pause between two lines of one kind that a peer can cause at will.
constexpr std::chrono::minutes kRepeatPause{1};

/// Admits an occasion a minute, by the time that the caller waits by: util::RealTime, or
/// util::SteadyTime. Confined to one thread.
template <class Time>
class Seldom {
  public:
    /// Nothing: too soon. Else the number of occasions since the last one that was admitted, with
    /// this one.
    std::optional<std::uint64_t> admit(Time now) {
        ++occasions_;
        if (admitted_ != Time() && now - admitted_ < kRepeatPause) return {};
        admitted_ = now;
        return std::exchange(occasions_, 0);
    }

  private:
    Time admitted_;  // not set: never
    std::uint64_t occasions_ = 0;
};

}  // namespace postbell::log
