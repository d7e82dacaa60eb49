// SPDX-License-Identifier: Apache-2.0
// The keys of managed subscriptions in an admin's section.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postbell/plugin.hpp"

namespace postbell::office365 {

struct ManagedSettings {
    std::string tenant_id;               ///< in lower case
    std::string client_id;               ///< the gateway's app registration
    std::vector<std::string> audiences;  ///< apps whose users' id tokens count: its own, and others
    bool with_certificate = false;       ///< else with a secret
    std::string login, graph;            ///< origins
    std::string scope;                   ///< of access tokens
    std::uint32_t expiration_minutes = 10'000;
};

/// Nothing: the section asks for none. Throws InvalidInput with a sentence for keys that contradict
/// each other, or lack a grant.
std::optional<ManagedSettings> readManagedSettings(const Host& host,
                                                   std::uint32_t expiration_minutes);

}  // namespace postbell::office365
