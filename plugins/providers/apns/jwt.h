// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "openssl_handles.h"

namespace postbell::apns {

/// The provider token: a JWT signed with ES256 (Apple, "Establishing a token-based connection to
/// APNs"). The ids went through checkKeySettings(). Throws std::runtime_error if signing fails.
std::string makeProviderToken(EVP_PKEY& key, std::string_view key_id, std::string_view team_id,
                              std::int64_t issued_at_seconds);

}  // namespace postbell::apns
