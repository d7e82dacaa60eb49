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
    ProviderToken(KeyHandle key, std::string key_id, std::string team_id)
        : key_(std::move(key)), key_id_(std::move(key_id)), team_id_(std::move(team_id)) {}

    /// The token to present from now on, for one who presented `presented` (0: none) so far: the
    /// current one, or a new one if that is due. Throws std::runtime_error if signing fails.
    IssuedToken next(std::int64_t presented_ms, std::int64_t now_ms);

  private:
    bool replaces(std::int64_t presented_ms, std::int64_t now_ms) const;

    const KeyHandle key_;
    const std::string key_id_, team_id_;
    std::mutex mutex_;
    IssuedToken current_;
};

/// The tokens of the keys that are open. Thread-safe.
class ProviderTokens {
  public:
    /// The one that others with the same key and ids have, or a new one.
    std::shared_ptr<ProviderToken> of(KeyHandle key, const std::string& key_id,
                                      const std::string& team_id);

  private:
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<ProviderToken>> open_;
};

// Apple: renew between 20 and 60 minutes.
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kNotRenewedBefore = 20 * kMinute;
constexpr std::int64_t kRenewAfter = 50 * kMinute;
constexpr std::int64_t kUselessAfter = 60 * kMinute;

}  // namespace postbell::apns
