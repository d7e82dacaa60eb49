// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "service_account.h"

namespace postbell::fcm {

/// The proof that a service account shows for an access token: a JWT signed with RS256 (RFC 7523;
/// Google, "Using OAuth 2.0 for server to server applications"). Throws std::runtime_error if
/// signing fails.
std::string makeAssertion(const ServiceAccount& account, std::string_view audience,
                          std::int64_t issued_at_seconds);

}  // namespace postbell::fcm
