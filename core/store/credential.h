// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "store/basics.h"

namespace postbell::store {

/// How the guard of "When a push network says no" stands for one credential; stored so that a
/// restart is no storm.
struct GuardState {
    util::WallTime good_at;
    std::string good_device;       ///< whose push was good then
    util::WallTime other_good_at;  ///< when that of another device was
    /// Device ids (text) whose token was foreign, in order, at most three.
    std::vector<std::string> suspects;
    util::WallTime paused_at;  ///< not set: open
    std::string paused_reason;
    util::WallTime probe_at;  ///< when the next probe is due, while paused
    util::Milliseconds probe_interval{0};
};

/// The header that a provider gave to present with requests.
struct StoredAuthorization {
    std::string name;   ///< empty: none
    std::string value;  ///< opened
    util::WallTime renew_at, expires_at, not_renewed_before;
};

struct Credential {
    Id id = 0;
    Id app = 0;
    std::string provider;  ///< instance
    /// The environments that it serves; neither: the provider has none.
    bool production = false, sandbox = false;
    /// Opened; empty in lists.
    std::string content, password;
    /// As content: a plugin may mark one as secret.
    std::vector<std::pair<std::string, std::string>> settings;
    std::string kind, subject;
    std::vector<std::string> topics;
    util::WallTime valid_from, expires_at;
    util::WallTime uploaded_at;
    std::int64_t upload = 0;  ///< goes up with each replacement
    /// One for each Environment: a guard belongs to a credential and an origin.
    std::array<GuardState, 3> guards;
    StoredAuthorization authorization;
};

}  // namespace postbell::store
