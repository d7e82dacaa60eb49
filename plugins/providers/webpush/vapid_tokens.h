// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "postbell/kit/openssl.hpp"

namespace postbell::webpush {

/// The headers that present a VAPID key to push servers: a JWT for each origin (RFC 8292, 2), which
/// is signed once for many pushes. Confined to one thread at a time.
class VapidTokens {
  public:
    /// How long a token is valid: half of the day that RFC 8292, 2 allows, so that a push server
    /// takes it although one of the two clocks is hours off.
    static constexpr std::int64_t kValidMs = 12 * 3600 * std::int64_t{1000};
    /// How long one is used, so that the last push with it has hours left.
    static constexpr std::int64_t kUsedMs = kValidMs / 2;
    /// Of one credential; the token that was used least recently makes room.
    static constexpr std::size_t kMaxOrigins = 256;

    /// `key` is a key pair on P-256, `public_key` its point in base64url; `subject` went through
    /// checkSubject().
    VapidTokens(kit::KeyHandle key, std::string public_key, std::string subject);

    /// "vapid t=..., k=...", valid until the next call. Throws std::runtime_error if signing fails.
    const std::string& headerFor(std::string_view origin, std::int64_t now_ms);
    /// The next header for this origin is a new one: its server refused the last.
    void forget(std::string_view origin);

  private:
    struct Kept {
        std::string header;
        std::int64_t signed_at_ms = 0;  // wall clock
        std::uint64_t used = 0;         // the number of its last use
    };
    std::string sign(std::string_view origin, std::int64_t now_ms) const;
    void makeRoom();

    const kit::KeyHandle key_;
    const std::string public_key_, subject_;
    std::map<std::string, Kept, std::less<>> kept_;  // by origin
    std::uint64_t uses_ = 0;
};

}  // namespace postbell::webpush
