// SPDX-License-Identifier: Apache-2.0
// Keeps an origin that fails from being hammered: when most answers fail, one probe at a time until
// one succeeds.
#pragma once
#include <algorithm>
#include <cstdint>

namespace postbell::dispatch {

/// Times are of a steady clock, in milliseconds. Confined to one thread.
class Breaker {
  public:
    /// An answer that says that the origin works, whatever it says of the push. True if this closed
    /// the breaker: all that waited for the origin is due.
    bool succeeded() {
        if (!open_) {
            if (++successes_ >= kWindow) failures_ = successes_ = 0;
            return false;
        }
        *this = Breaker();
        return true;
    }

    /// No answer, or one that says that the origin does not work. `sure`: no connection could be
    /// made, so one failure is enough. `probe`: it was sent as one; what was under way when the
    /// breaker opened says nothing new.
    void failed(std::int64_t now_ms, bool sure, bool probe) {
        if (open_) {
            if (!probe) return;
            interval_ms_ = std::min(interval_ms_ * 2, kLastIntervalMs);
        } else {
            ++failures_;
            if (!sure && (failures_ < kLeastFailures || failures_ <= successes_)) return;
            open_ = true;
        }
        next_probe_ms_ = std::max(next_probe_ms_, now_ms + interval_ms_);
    }

    /// The origin asked for time (Retry-After): nothing goes out before.
    void holdUntil(std::int64_t when_ms) {
        open_ = true;
        next_probe_ms_ = std::max(next_probe_ms_, when_ms);
    }

    bool open() const { return open_; }
    /// While open: when the next probe may go out.
    std::int64_t nextProbeMs() const { return next_probe_ms_; }

  private:
    static constexpr std::uint32_t kLeastFailures = 5;
    static constexpr std::uint32_t kWindow = 50;
    static constexpr std::int64_t kFirstIntervalMs = 1'000;
    static constexpr std::int64_t kLastIntervalMs = 30'000;

    bool open_ = false;
    std::uint32_t failures_ = 0;
    std::uint32_t successes_ = 0;
    std::int64_t interval_ms_ = kFirstIntervalMs;
    std::int64_t next_probe_ms_ = 0;
};

}  // namespace postbell::dispatch
