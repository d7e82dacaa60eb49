// SPDX-License-Identifier: Apache-2.0
// Times as Graph and HTTP write them. Milliseconds since the UNIX epoch.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbell::office365 {

std::string writeTime(std::int64_t ms);  ///< "2026-11-23T08:15:30Z"
/// With Z or an offset, with any number of digits of a second.
std::optional<std::int64_t> readTime(std::string_view text);
/// "Mon, 23 Nov 2026 08:15:30 GMT" (RFC 9110, 5.6.7).
std::optional<std::int64_t> readHttpDate(std::string_view text);
/// Retry-After: seconds, which may be a fraction (Graph's own documentation has "2.128"), or a
/// date. 0 if there is none that can be read.
std::int64_t readRetryAfter(std::string_view text, std::int64_t now_ms);

}  // namespace postbell::office365
