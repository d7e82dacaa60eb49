// SPDX-License-Identifier: Apache-2.0
// The Retry-After header, as every push network and mail server sends it.
#pragma once
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbell::kit {

/// An HTTP-date in any of the three forms that a recipient must understand (RFC 9110, 5.6.7), in
/// UNIX milliseconds.
inline std::optional<std::int64_t> parseHttpDate(std::string_view text) {
    constexpr std::size_t kMaxLength = 40;
    if (text.empty() || text.size() > kMaxLength) return std::nullopt;
    const std::string terminated(text);
    for (const char* format :
         {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        tm utc{};
        const char* end = strptime(terminated.c_str(), format, &utc);
        if (end != nullptr && *end == '\0') return std::int64_t{timegm(&utc)} * 1000;
    }
    return std::nullopt;
}

/// A wrong header must not silence a device for ever.
constexpr std::int64_t kMaxRetryAfterMs = 3600 * std::int64_t{1000};

namespace detail {

inline bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

/// "120", "1.5": by hand, since strtod reads "1e9", "inf" and the locale's comma.
inline std::optional<std::int64_t> parseSeconds(std::string_view text) {
    constexpr std::int64_t kManyMs = std::int64_t{1} << 52;  // ten times as much is a number still
    std::int64_t ms = 0;
    std::size_t at = 0;
    for (; at < text.size() && isDigit(text[at]); ++at)
        ms = std::min(ms * 10 + (text[at] - '0') * 1000, kManyMs);
    if (at == 0) return std::nullopt;
    if (at == text.size()) return ms;
    if (text[at] != '.' || ++at == text.size()) return std::nullopt;
    for (std::int64_t unit = 100; at < text.size() && isDigit(text[at]); ++at, unit /= 10)
        ms += (text[at] - '0') * unit;
    if (at != text.size()) return std::nullopt;
    return ms;
}

inline std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace detail

/// The pause of a Retry-After header (RFC 9110, 10.2.3), in milliseconds from now, at most
/// `max_ms`. Fractions of a second are understood. 0: nothing, or nothing that is understood.
inline std::int64_t retryAfterMs(std::string_view header, std::int64_t now_ms,
                                 std::int64_t max_ms = kMaxRetryAfterMs) {
    const std::string_view text = detail::trimmed(header);
    if (const auto ms = detail::parseSeconds(text)) return std::min(*ms, max_ms);
    if (const auto at_ms = parseHttpDate(text))
        return std::clamp<std::int64_t>(*at_ms - now_ms, 0, max_ms);
    return 0;
}

}  // namespace postbell::kit
