// SPDX-License-Identifier: Apache-2.0
// An authorization that a plugin gives: a provider's, or that of managed subscriptions.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "validate/requests.h"

namespace postbell::validate {

/// Calls of the plugin's authorize(), and of its authorized() with an answer.
struct AuthorizationCalls {
    std::function<testing::SaidAuthorization(std::int64_t now_ms)> authorize;
    std::function<testing::SaidAuthorization(const testing::FakeAnswer&, std::int64_t now_ms)>
        authorized;
};

/// Throws a Sin unless authorize(), with an authorization server that grants every exchange, comes
/// to an authorization or a refusal in as few exchanges as the gateway allows, in a form that the
/// gateway presents. `origins`: those that an exchange may go to; empty: any.
void requireAuthorization(const AuthorizationCalls& calls, const std::vector<std::string>& origins,
                          Origins rules, std::int64_t now_ms);

/// Hostile answers of an authorization server. Throws a Sin for an authorization that is no header.
void requireAuthorizedSurvives(const AuthorizationCalls& calls, std::int64_t now_ms);

}  // namespace postbell::validate
