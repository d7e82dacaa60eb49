// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include "identity_file.h"
#include "postbell/provider.hpp"

namespace postbell::apns {

/// Of the identities in a file the one that can push to `app`, the newest of them; where there is
/// none, the fault of the one that comes nearest.
CredentialReport inspectIdentities(const IdentityFile& file, std::string_view app,
                                   std::int64_t now_ms);

}  // namespace postbell::apns
