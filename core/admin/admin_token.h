// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace postbell::admin {

/// The bearer token of the admin API: read from `file`, or made there at the first start (32 random
/// bytes, mode 0600). Throws std::runtime_error if others may read the file, or it cannot be made.
std::string readOrMakeToken(const std::string& file);

}  // namespace postbell::admin
