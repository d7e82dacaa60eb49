// SPDX-License-Identifier: Apache-2.0
// A device token of Web Push: the JSON of the browser's PushSubscription (W3C, Push API), or the
// same made of UnifiedPush's PushEndpoint.
#pragma once
#include <string>
#include <string_view>

#include "endpoint.h"
#include "postbell/kit/openssl.hpp"
#include "postbell/provider.hpp"

namespace postbell::webpush {

/// RFC 8291, 3.2.
inline constexpr std::size_t kAuthSecretBytes = 16;

struct Subscription {
    Endpoint endpoint;
    std::string point;            ///< the user agent's public key, "p256dh": 65 bytes on P-256
    kit::KeyHandle key;           ///< the same
    std::string secret;           ///< "auth": 16 bytes
    std::int64_t expires_ms = 0;  ///< wall clock; 0: not told

    /// The normal form, the same for every spelling of one subscription:
    /// {"endpoint":"...","keys":{"p256dh":"...","auth":"..."}}.
    std::string text() const;
};

/// Throws InvalidInput with a sentence for the app's developer, which never repeats the token.
Subscription readSubscription(std::string_view token);

}  // namespace postbell::webpush
