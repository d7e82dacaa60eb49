// SPDX-License-Identifier: Apache-2.0
// The provider token that all credentials with one signing key present.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "openssl_handles.h"

namespace postbell::apns {

/// A JWT as it is presented, and the time that it says.
struct IssuedToken {
    std::string text;
    std::int64_t issued_at_ms = 0;  ///< wall clock, whole seconds; 0: none
};

/// The current token of one signing key. Apple advises one key for all apps of a team and for both
/// environments, and answers TooManyProviderTokenUpdates where new tokens of a key come more often
/// than every 20 minutes (Apple, "Establishing a token-based connection to APNs"): so its tokens
/// are signed once for all. Thread-safe.
class ProviderToken {
  public:
    ProviderToken(std::string key_id, std::string team_id)
        : key_id_(std::move(key_id)), team_id_(std::move(team_id)) {}

    /// The token to present from now on, where `presented` (0: none) was presented so far: the
    /// current one, or a new one of the signing key if that is due. Throws std::runtime_error if
    /// signing fails.
    IssuedToken next(EVP_PKEY& key, std::int64_t presented_ms, std::int64_t now_ms);

  private:
    bool replaces(std::int64_t presented_ms, std::int64_t now_ms) const;
    void replace(EVP_PKEY& key, std::int64_t now_ms);

    const std::string key_id_, team_id_;
    std::mutex mutex_;
    IssuedToken current_;
    /// The one before. Where the clock was set ahead and is right again, Apple knows this one, and
    /// would not take a third so soon.
    IssuedToken earlier_;
};

/// The tokens of all keys that were opened. They outlive their credentials, whose keys are not
/// kept: a key whose last credential was removed may be added again within those 20 minutes.
/// Thread-safe.
class ProviderTokens {
  public:
    std::shared_ptr<ProviderToken> of(EVP_PKEY& key, const std::string& key_id,
                                      const std::string& team_id);

  private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<ProviderToken>> tokens_;  // by key and ids
};

// Apple: renew between 20 and 60 minutes.
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kNotRenewedBefore = 20 * kMinute;
constexpr std::int64_t kRenewAfter = 50 * kMinute;
constexpr std::int64_t kUselessAfter = 60 * kMinute;

}  // namespace postbell::apns
