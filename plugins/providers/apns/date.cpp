// SPDX-License-Identifier: Apache-2.0
#include "date.h"

#include <time.h>

namespace postbell::apns {

std::string dateText(std::int64_t wall_ms) {
    const auto seconds = static_cast<time_t>(wall_ms / 1000);
    tm utc{};
    char text[64] = "";
    if (gmtime_r(&seconds, &utc) != nullptr) strftime(text, sizeof text, "%Y-%m-%d", &utc);
    return text;
}

std::optional<std::int64_t> parseHttpDate(std::string_view text) {
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

}  // namespace postbell::apns
