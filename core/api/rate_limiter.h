// SPDX-License-Identifier: Apache-2.0
// A limit on the calls a minute of each key.
#pragma once
#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "util/time.h"

namespace postbell::api {

/// A token bucket for each key, of a minute's worth. Thread-safe; bounded in memory.
template <class Key>
class KeyedRateLimiter {
  public:
    /// 0: no limit.
    explicit KeyedRateLimiter(std::uint32_t per_minute) : per_minute_(per_minute) {}

    /// Takes a token, if there is one.
    bool allow(const Key& key, util::SteadyTime now) {
        if (per_minute_ == 0) return true;
        const std::lock_guard lock(buckets_mutex_);
        Bucket& bucket = bucketOf(key, now);
        if (bucket.tokens < 1) return false;
        bucket.tokens -= 1;
        return true;
    }
    /// Whether there is a token; takes none.
    bool wouldAllow(const Key& key, util::SteadyTime now) {
        if (per_minute_ == 0) return true;
        const std::lock_guard lock(buckets_mutex_);
        return bucketOf(key, now).tokens >= 1;
    }

  private:
    static constexpr std::size_t kMaxKeys = 100'000;
    struct Bucket {
        double tokens;
        util::SteadyTime at;
    };

    Bucket& bucketOf(const Key& key, util::SteadyTime now) {
        if (buckets_.size() >= kMaxKeys) forgetFull(now);
        Bucket& bucket = buckets_.try_emplace(key, Bucket{double(per_minute_), now}).first->second;
        refill(bucket, now);
        return bucket;
    }
    void refill(Bucket& bucket, util::SteadyTime now) const {
        const std::chrono::duration<double, std::ratio<60>> minutes = now - bucket.at;
        bucket.tokens =
            std::min<double>(per_minute_, bucket.tokens + minutes.count() * per_minute_);
        bucket.at = now;
    }
    /// A full bucket means as much as no bucket. If none is full, all are forgotten: attackers with
    /// many keys must not lock others out.
    void forgetFull(util::SteadyTime now) {
        for (auto it = buckets_.begin(); it != buckets_.end();) {
            refill(it->second, now);
            it = it->second.tokens >= per_minute_ ? buckets_.erase(it) : std::next(it);
        }
        if (buckets_.size() >= kMaxKeys) buckets_.clear();
    }

    const std::uint32_t per_minute_;
    std::mutex buckets_mutex_;
    std::unordered_map<Key, Bucket> buckets_;
};

using RateLimiter = KeyedRateLimiter<std::string>;

}  // namespace postbell::api
