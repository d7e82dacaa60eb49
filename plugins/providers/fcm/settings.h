// SPDX-License-Identifier: Apache-2.0
// This instance's section of the config.
#pragma once
#include <string>
#include <vector>

#include "postbell/plugin.hpp"
#include "token_endpoint.h"

namespace postbell::fcm {

struct Settings {
    std::string origin;  ///< where pushes go
    /// Where access tokens come from; empty origin: the service account decides.
    Url token_endpoint;
    std::vector<std::string> allowed_origins;  ///< in normal form

    /// Each origin that an instance with these settings uses.
    std::vector<std::string> origins() const;
};

/// Throws std::runtime_error with a sentence for the admin.
Settings readSettings(const Host& host);

/// JSON Schema of the keys.
extern const char kConfigSchema[];
/// JSON Schema of a credential.
extern const char kCredentialSchema[];

}  // namespace postbell::fcm
