// SPDX-License-Identifier: Apache-2.0
#include "graph_time.h"

#include <array>
#include <cstdio>

namespace postbell::office365 {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

/// Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms").
std::int64_t daysFrom(std::int64_t year, std::int64_t month, std::int64_t day) {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

/// The `digits` characters at `at` as a number; -1 if they are none.
std::int64_t number(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) return -1;
    std::int64_t value = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool inRange(std::int64_t value, std::int64_t least, std::int64_t most) {
    return value >= least && value <= most;
}

std::optional<std::int64_t> assemble(std::int64_t year, std::int64_t month, std::int64_t day,
                                     std::int64_t hour, std::int64_t minute, std::int64_t second) {
    if (!inRange(year, 1970, 9999) || !inRange(month, 1, 12) || !inRange(day, 1, 31) ||
        !inRange(hour, 0, 23) || !inRange(minute, 0, 59) || !inRange(second, 0, 60))
        return std::nullopt;
    return daysFrom(year, month, day) * kDayMs + ((hour * 60 + minute) * 60 + second) * 1000;
}

}  // namespace

std::string writeTime(std::int64_t ms) {
    std::int64_t days = ms / kDayMs;
    const std::int64_t seconds = (ms - days * kDayMs) / 1000;
    days += 719468;
    const std::int64_t era = days / 146097;
    const std::int64_t day_of_era = days - era * 146097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t shifted = (5 * day_of_year + 2) / 153;
    const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    std::array<char, 80> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02dZ",
                  static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)),
                  static_cast<int>(month),
                  static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1),
                  static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
                  static_cast<int>(seconds % 60));
    return text.data();
}

std::optional<std::int64_t> readTime(std::string_view text) {
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' ||
        (text[10] != 'T' && text[10] != 't'))
        return std::nullopt;
    if (text[13] != ':' || text[16] != ':') return std::nullopt;
    const auto whole = assemble(number(text, 0, 4), number(text, 5, 2), number(text, 8, 2),
                                number(text, 11, 2), number(text, 14, 2), number(text, 17, 2));
    if (!whole) return std::nullopt;
    std::size_t at = 19;
    std::int64_t ms = 0;
    if (text[at] == '.') {
        std::int64_t weight = 100;
        for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, weight /= 10)
            ms += (text[at] - '0') * weight;
    }
    const std::string_view zone = text.substr(at);
    if (zone == "Z" || zone == "z") return *whole + ms;
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':')
        return std::nullopt;
    const std::int64_t hours = number(zone, 1, 2);
    const std::int64_t minutes = number(zone, 4, 2);
    if (!inRange(hours, 0, 23) || !inRange(minutes, 0, 59)) return std::nullopt;
    const std::int64_t offset = (hours * 60 + minutes) * 60'000;
    return *whole + ms + (zone[0] == '+' ? -offset : offset);
}

}  // namespace postbell::office365
