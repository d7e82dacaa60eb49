// SPDX-License-Identifier: Apache-2.0
#include "published_keys.h"

#include <utility>

namespace postbell::office365 {
namespace {

/// They are fetched daily; without success for two days, none is believed any more.
constexpr std::int64_t kMaxAgeMs = 2LL * 86'400'000;
/// Tokens with invented key ids make no more than one fetch in so long.
constexpr std::int64_t kFetchPauseMs = 5'000;

}  // namespace

PublishedKeys::Found PublishedKeys::find(const std::string& key_id, std::int64_t now_ms) const {
    const std::lock_guard lock(mutex_);
    Found found;
    if (fetched_ms_ == 0) return found;
    const std::int64_t age = now_ms - fetched_ms_;
    found.fresh = age < kFetchPauseMs;
    if (age > kMaxAgeMs) return found;
    found.issuer = issuer_;
    if (const auto known = keys_.find(key_id); known != keys_.end()) found.key = known->second;
    return found;
}

void PublishedKeys::set(std::map<std::string, PublicKey> keys, std::string issuer,
                        std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    keys_ = std::move(keys);
    issuer_ = std::move(issuer);
    fetched_ms_ = now_ms;
}

}  // namespace postbell::office365
