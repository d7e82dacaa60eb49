// SPDX-License-Identifier: Apache-2.0
#include "util/rfc3339.h"

#include <chrono>
#include <cstdio>

namespace postbell::util {
namespace {

/// Reads exactly `digits` digits at `at`, and moves behind them.
std::optional<int> number(std::string_view text, std::size_t& at, std::size_t digits) {
    if (text.size() < at + digits) return std::nullopt;
    int value = 0;
    for (const std::size_t end = at + digits; at < end; ++at) {
        if (text[at] < '0' || text[at] > '9') return std::nullopt;
        value = value * 10 + (text[at] - '0');
    }
    return value;
}

bool skip(std::string_view text, std::size_t& at, std::string_view any_of) {
    if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
    ++at;
    return true;
}

}  // namespace

std::string formatRfc3339(WallTime wall) {
    using namespace std::chrono;
    const sys_time<Milliseconds> time{wall.time_since_epoch()};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    char text[64];
    const auto length = std::snprintf(
        text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    std::string out(text, static_cast<std::size_t>(length));
    if (const auto ms = clock.subseconds().count(); ms != 0) {
        std::snprintf(text, sizeof text, ".%03d", static_cast<int>(ms));
        out += text;
    }
    return out + "Z";
}

std::optional<WallTime> parseRfc3339(std::string_view text) {
    using namespace std::chrono;
    std::size_t at = 0;
    const auto y = number(text, at, 4);
    if (!y || !skip(text, at, "-")) return std::nullopt;
    const auto mo = number(text, at, 2);
    if (!mo || !skip(text, at, "-")) return std::nullopt;
    const auto d = number(text, at, 2);
    if (!d || !skip(text, at, "Tt ")) return std::nullopt;
    const auto h = number(text, at, 2);
    if (!h || !skip(text, at, ":")) return std::nullopt;
    const auto mi = number(text, at, 2);
    if (!mi || !skip(text, at, ":")) return std::nullopt;
    const auto s = number(text, at, 2);
    if (!s) return std::nullopt;
    std::int64_t ms = 0;
    if (skip(text, at, ".")) {
        const std::size_t begin = at;
        std::int64_t scale = 100;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
            ms += (text[at++] - '0') * scale;
            scale /= 10;
        }
        if (at == begin) return std::nullopt;
    }
    std::int64_t offset_minutes = 0;
    if (!skip(text, at, "Zz")) {
        if (at >= text.size()) return std::nullopt;
        const int sign = text[at] == '-' ? -1 : 1;
        if (!skip(text, at, "+-")) return std::nullopt;
        const auto oh = number(text, at, 2);
        if (!oh || !skip(text, at, ":")) return std::nullopt;
        const auto om = number(text, at, 2);
        if (!om || *oh > 23 || *om > 59) return std::nullopt;
        offset_minutes = sign * (*oh * 60 + *om);
    }
    const year_month_day date{year(*y), month(static_cast<unsigned>(*mo)),
                              day(static_cast<unsigned>(*d))};
    // A leap second (RFC 3339, 5.7) counts as the next one.
    if (at != text.size() || !date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
    const auto time =
        sys_days(date) + hours(*h) + minutes(*mi - offset_minutes) + seconds(*s) + milliseconds(ms);
    return WallTime(duration_cast<Milliseconds>(time.time_since_epoch()));
}

}  // namespace postbell::util
