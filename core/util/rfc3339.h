// SPDX-License-Identifier: Apache-2.0
// Times as text (RFC 3339).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "util/time.h"

namespace postbell::util {

/// "2026-11-23T08:15:30.250Z"; without a fraction if it is zero.
std::string formatRfc3339(WallTime wall);
/// With "Z" or an offset, with or without a fraction; nothing if it is not such a time.
std::optional<WallTime> parseRfc3339(std::string_view text);

}  // namespace postbell::util
