// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace postbell::apns {

/// What a Retry-After header asks for (RFC 9110, 10.2.3), in milliseconds from now, at most an
/// hour. Fractions of a second are understood. 0: nothing, or nothing that is understood.
std::int64_t retryAfterMs(std::string_view header, std::int64_t now_ms);

}  // namespace postbell::apns
