// SPDX-License-Identifier: Apache-2.0
// Words that every record of the store uses. Times are wall-clock milliseconds, 0: never. "hash" is
// a SHA-256 of 32 bytes, "key" an HMAC-SHA-256 under the tenant's hash key; empty: none.
#pragma once
#include <cstdint>

namespace postbell::store {

using Id = std::int64_t;  ///< of a row; 0: none
constexpr std::int32_t kUnknownCount = -1;

enum class Style { Badge, BadgeSync, Alert };
enum class Environment { None, Production, Sandbox };

}  // namespace postbell::store
