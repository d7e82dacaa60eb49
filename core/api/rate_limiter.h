// SPDX-License-Identifier: Apache-2.0
// So many calls a minute for each key.
#pragma once
#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace postbell::api {

/// A token bucket for each key, of a minute's worth. Thread-safe; bounded in memory.
class RateLimiter {
  public:
    /// 0: no limit.
    explicit RateLimiter(std::uint32_t per_minute) : per_minute_(per_minute) {}

    bool allow(const std::string& key, std::int64_t steady_ms) {
        if (per_minute_ == 0) return true;
        const std::lock_guard lock(buckets_mutex_);
        if (buckets_.size() >= kMostKeys) forgetFull(steady_ms);
        Bucket& bucket =
            buckets_.try_emplace(key, Bucket{double(per_minute_), steady_ms}).first->second;
        refill(bucket, steady_ms);
        if (bucket.tokens < 1) return false;
        bucket.tokens -= 1;
        return true;
    }

  private:
    static constexpr std::size_t kMostKeys = 100'000;
    struct Bucket {
        double tokens;
        std::int64_t at_ms;
    };

    void refill(Bucket& bucket, std::int64_t now_ms) const {
        const double gained = static_cast<double>(now_ms - bucket.at_ms) * per_minute_ / 60'000.0;
        bucket.tokens = std::min<double>(per_minute_, bucket.tokens + gained);
        bucket.at_ms = now_ms;
    }
    /// A full bucket says no more than none. If all are in use, all are forgotten: a limit, not a
    /// lock.
    void forgetFull(std::int64_t now_ms) {
        for (auto it = buckets_.begin(); it != buckets_.end();) {
            refill(it->second, now_ms);
            it = it->second.tokens >= per_minute_ ? buckets_.erase(it) : std::next(it);
        }
        if (buckets_.size() >= kMostKeys) buckets_.clear();
    }

    const std::uint32_t per_minute_;
    std::mutex buckets_mutex_;
    std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace postbell::api
