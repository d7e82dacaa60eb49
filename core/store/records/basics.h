// SPDX-License-Identifier: Apache-2.0
// Words that every record of the store uses. A time that is not set: never. "hash" is
// a SHA-256 of 32 bytes, "key" an HMAC-SHA-256 under the tenant's hash key; empty: none.
#pragma once
#include <cstdint>

#include "util/time.h"

namespace postbell::store {

using Id = std::int64_t;  ///< of a row; 0: none
constexpr std::int32_t kUnknownCount = -1;

enum class Style { Badge, BadgeSync, Alert };
enum class Environment { None, Production, Sandbox };

}  // namespace postbell::store
