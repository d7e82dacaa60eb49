// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "postbell/provider.hpp"

namespace postbell::fcm {

/// The platforms' names, as in `app add --platform`.
inline constexpr char kPlatforms[] = "android ios-fcm";

/// Appends the body of messages:send: a data message for Android; for an Apple device the message
/// for APNs. Throws InvalidInput for a push that cannot be sent.
void appendMessage(const Push& push, std::int64_t now_ms, std::string& out);

}  // namespace postbell::fcm
