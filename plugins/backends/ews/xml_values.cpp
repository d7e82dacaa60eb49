// SPDX-License-Identifier: Apache-2.0
#include "xml_values.h"

#include <charconv>
#include <chrono>

#include "postbell/kit/text.hpp"

namespace postbell::ews {
namespace {

/// Reads from the front of a text; once a part did not fit, `ok` stays false.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    int digits(std::size_t count) {
        if (rest_.size() < count) return fail();
        int value = 0;
        for (const char c : rest_.substr(0, count)) {
            if (c < '0' || c > '9') return fail();
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) fail();
    }
    /// Any number of digits after the point; parts of a millisecond are cut off.
    int milliseconds() {
        const auto count = rest_.find_first_not_of("0123456789");
        const std::string_view digits = rest_.substr(0, count);
        if (digits.empty()) return fail();
        int value = 0;
        for (std::size_t i = 0; i < 3; ++i)
            value = value * 10 + (i < digits.size() ? digits[i] - '0' : 0);
        rest_.remove_prefix(digits.size());
        return value;
    }
    bool ok() const { return ok_; }
    bool atEnd() const { return ok_ && rest_.empty(); }

  private:
    int fail() {
        ok_ = false;
        return 0;
    }
    std::string_view rest_;
    bool ok_ = true;
};

/// 'Z', an offset from UTC, or nothing.
std::chrono::minutes zone(Reader& in) {
    if (in.take('Z')) return {};
    const bool east = in.take('+');
    if (!east && !in.take('-')) return {};
    const int hours = in.digits(2);
    in.expect(':');
    const int minutes = in.digits(2);
    const std::chrono::minutes offset(hours * 60 + minutes);
    return east ? offset : -offset;
}

}  // namespace

std::int64_t parseDateTime(std::string_view text) {
    using namespace std::chrono;
    Reader in(kit::trim(text));
    const int y = in.digits(4);
    in.expect('-');
    const int m = in.digits(2);
    in.expect('-');
    const int d = in.digits(2);
    in.expect('T');
    const int hour = in.digits(2);
    in.expect(':');
    const int minute = in.digits(2);
    in.expect(':');
    const int second = in.digits(2);
    const int fraction = in.take('.') ? in.milliseconds() : 0;
    const minutes offset = zone(in);
    const year_month_day date{year(y), month(static_cast<unsigned>(m)),
                              day(static_cast<unsigned>(d))};
    if (!in.atEnd() || !date.ok() || hour > 24 || minute > 59 || second > 59) return 0;
    if (hour == 24 && (minute != 0 || second != 0 || fraction != 0)) return 0;
    if (abs(offset) > hours(14)) return 0;
    const sys_time<milliseconds> local =
        sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + milliseconds(fraction);
    return (local - offset).time_since_epoch().count();
}

std::optional<std::int32_t> parseInt(std::string_view text) {
    std::string_view digits = kit::trim(text);
    if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
    std::int32_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

bool parseBoolean(std::string_view text) {
    const std::string_view word = kit::trim(text);
    return word == "true" || word == "1";
}

}  // namespace postbell::ews
