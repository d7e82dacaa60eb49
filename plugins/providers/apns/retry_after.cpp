// SPDX-License-Identifier: Apache-2.0
#include "retry_after.h"

#include <algorithm>
#include <optional>

#include "date.h"

namespace postbell::apns {
namespace {

// A wrong header must not silence anybody for ever.
constexpr std::int64_t kMaxMs = 3600 * std::int64_t{1000};

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

/// "120", "1.5": by hand, since strtod reads "1e9", "inf" and the locale's comma.
std::optional<std::int64_t> parseSeconds(std::string_view text) {
    std::int64_t ms = 0;
    std::size_t at = 0;
    for (; at < text.size() && isDigit(text[at]); ++at)
        ms = std::min(ms * 10 + (text[at] - '0') * 1000, 10 * kMaxMs);
    if (at == 0) return std::nullopt;
    if (at == text.size()) return ms;
    if (text[at] != '.' || ++at == text.size()) return std::nullopt;
    for (std::int64_t unit = 100; at < text.size() && isDigit(text[at]); ++at, unit /= 10)
        ms += (text[at] - '0') * unit;
    if (at != text.size()) return std::nullopt;
    return ms;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::int64_t retryAfterMs(std::string_view header, std::int64_t now_ms) {
    const std::string_view text = trimmed(header);
    if (const auto ms = parseSeconds(text)) return std::min(*ms, kMaxMs);
    if (const auto at_ms = parseHttpDate(text))
        return std::clamp<std::int64_t>(*at_ms - now_ms, 0, kMaxMs);
    return 0;
}

}  // namespace postbell::apns
