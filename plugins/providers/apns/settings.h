// SPDX-License-Identifier: Apache-2.0
// This instance's section of the config.
#pragma once
#include <string>

#include "postbell/plugin.hpp"

namespace postbell::apns {

/// Where pushes of the two environments go.
struct Origins {
    std::string production;
    std::string sandbox;
};

/// Of the keys `endpoint` and `port`. Throws std::runtime_error with a sentence for the admin.
Origins readOrigins(const Host& host);

/// Each of them once.
std::vector<std::string> originsUsed(const Origins& origins);

/// JSON Schema of the keys.
extern const char kConfigSchema[];
/// JSON Schema of a credential.
extern const char kCredentialSchema[];

}  // namespace postbell::apns
