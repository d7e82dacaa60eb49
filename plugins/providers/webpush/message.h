// SPDX-License-Identifier: Apache-2.0
// One push as a request of RFC 8030, 5.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "postbell/provider.hpp"

namespace postbell::webpush {

/// What the app decrypts: a JSON object of texts, with the members of FCM's data messages. Throws
/// InvalidInput for a push that does not fit into any message.
std::string payloadOf(const Push& push);

/// The size to pad a payload of `bytes` to, one of a few, so that a push server does not learn from
/// its length what a message says.
std::size_t paddedSize(std::size_t bytes);

/// Seconds that the push server keeps the message for a device that is out of reach (RFC
/// 8030, 5.2).
std::int64_t ttlSeconds(const Push& push, std::int64_t now_ms);

/// RFC 8030, 5.3.
std::string_view urgencyOf(const Push& push);

/// RFC 8030, 5.4: of the messages with one topic a push server keeps the last. 32 characters of
/// base64url, from which nobody learns the registration's id.
std::string topicOf(const Push& push);

}  // namespace postbell::webpush
