// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbell::apns {

/// "2026-10-21", in UTC.
std::string dateText(std::int64_t wall_ms);

/// An HTTP-date in any of the three forms that a recipient must understand (RFC 9110, 5.6.7), in
/// UNIX milliseconds.
std::optional<std::int64_t> parseHttpDate(std::string_view text);

}  // namespace postbell::apns
