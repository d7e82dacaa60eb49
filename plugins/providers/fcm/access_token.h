// SPDX-License-Identifier: Apache-2.0
// The exchange of an assertion for an access token.
#pragma once
#include <cstdint>
#include <memory>

#include "postbell/provider.hpp"
#include "service_account.h"
#include "token_endpoint.h"

namespace postbell::fcm {

std::unique_ptr<HttpRequest> tokenRequest(const ServiceAccount& account, const Url& endpoint,
                                          std::int64_t now_ms);

/// Turns the authorization server's answer into an authorization, a refusal, or "not now". Any
/// answer is read in bounded time and memory.
void readTokenAnswer(const Response& answer, std::int64_t now_ms, Authorization& out);

}  // namespace postbell::fcm
