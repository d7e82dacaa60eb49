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
    std::int64_t good_at = 0;
    std::string good_device;         ///< whose push was good then
    std::int64_t other_good_at = 0;  ///< when that of another device was
    std::vector<std::string>
        suspects;  ///< device ids (text) whose token was foreign, in order, at most three
    std::int64_t paused_at = 0;  ///< 0: open
    std::string paused_reason;
    std::int64_t probe_at = 0;  ///< when the next probe is due, while paused
    std::int64_t probe_interval_ms = 0;
};

/// What a provider gave to present with requests.
struct StoredAuthorization {
    std::string name;   ///< empty: none
    std::string value;  ///< opened
    std::int64_t renew_ms = 0, expires_ms = 0, not_renewed_before_ms = 0;
};

struct Credential {
    Id id = 0;
    Id app = 0;
    std::string provider;  ///< instance
    bool production = false,
         sandbox = false;           ///< environments it serves; neither: the provider has none
    std::string content, password;  ///< opened; empty in lists
    std::vector<std::pair<std::string, std::string>> settings;
    std::string kind, subject;
    std::vector<std::string> topics;
    std::int64_t valid_from_ms = 0, expires_ms = 0;
    std::int64_t uploaded_at = 0;
    std::int64_t upload = 0;  ///< goes up with each replacement
    std::array<GuardState, 3>
        guards;  ///< one for each Environment: a guard belongs to a credential and an origin
    StoredAuthorization authorization;
};

}  // namespace postbell::store
