// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

#include "util/trusted_owners.h"

namespace postbell::admin {

/// The bearer token of the admin API: read from `file`, or made there at the first start (32 random
/// bytes, mode 0600). Throws std::runtime_error if the file is no regular one, others may read it,
/// none of `owners` owns it, or it cannot be made.
std::string readOrMakeToken(const std::string& file, util::TrustedOwners owners = {});

struct StoredToken {
    std::string text;
    uid_t owner;  ///< of the file that the text was read from
};

/// As above, but makes none: nothing if there is no file.
std::optional<StoredToken> readToken(const std::string& file, util::TrustedOwners owners = {});

/// Writes the token of a running gateway again if its file is gone. False: it is there.
bool restoreToken(const std::string& file, const std::string& token);

}  // namespace postbell::admin
