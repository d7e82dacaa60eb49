// SPDX-License-Identifier: Apache-2.0
// Access tokens of the gateway's own application (client credentials).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "managed_settings.h"
#include "postbell/managed.hpp"

namespace postbell::office365 {

/// Calls never overlap.
class Login {
  public:
    Login(const Host& host, const ManagedSettings& settings) : host_(host), settings_(settings) {}

    /// A sentence if the secret or certificate cannot be used now; else empty.
    std::string secretProblem(std::int64_t now_ms) const;
    /// A secret or certificate that cannot be used is the authorization's problem.
    void request(std::int64_t now_ms, Authorization& out) const;
    /// Trouble that may pass is "not now".
    void answer(const Response& response, std::int64_t now_ms, Authorization& out);
    /// Application permissions that the last token named; nothing if it cannot be read, as only
    /// Graph need understand tokens.
    const std::vector<std::string>& roles() const { return roles_; }
    bool rolesAreKnown() const { return roles_known_; }

  private:
    std::string form(std::int64_t now_ms) const;
    static void postpone(const Response& response, std::int64_t now_ms, Authorization& out);
    void readRoles(std::string_view token);

    const Host& host_;
    const ManagedSettings& settings_;
    std::vector<std::string> roles_;
    bool roles_known_ = false;
};

}  // namespace postbell::office365
