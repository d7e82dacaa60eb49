// SPDX-License-Identifier: Apache-2.0
#include "util/rfc3339.h"

#include <catch2/catch.hpp>

using namespace postbell::util;

TEST_CASE("times are written as RFC 3339 says") {
    CHECK(formatRfc3339(WallTime()) == "1970-01-01T00:00:00Z");
    CHECK(formatRfc3339(fromMs(1'606'993'430'250)) == "2020-12-03T11:03:50.250Z");
}

TEST_CASE("times with fractions and offsets are read") {
    CHECK(parseRfc3339("2020-12-03T11:03:50Z") == fromMs(1'606'993'430'000));
    CHECK(parseRfc3339("2020-12-03T11:03:50.2503658Z") == fromMs(1'606'993'430'250));
    CHECK(parseRfc3339("2020-12-03T13:03:50+02:00") == fromMs(1'606'993'430'000));
    CHECK(parseRfc3339("2020-12-03T05:33:50-05:30") == fromMs(1'606'993'430'000));
    CHECK(parseRfc3339("2016-12-31T23:59:60Z") == parseRfc3339("2017-01-01T00:00:00Z"));
}

TEST_CASE("text that is not a time is refused") {
    for (const char* text :
         {"", "2020", "2020-12-03", "2020-12-03T11:03:50", "2020-13-03T11:03:50Z",
          "2020-02-30T11:03:50Z", "2020-12-03T24:03:50Z", "2020-12-03T11:03:50.Z",
          "2020-12-03T11:03:50Zx", "2020-12-03T11:03:50+2:00", "tomorrow"})
        CHECK_FALSE(parseRfc3339(text).has_value());
}
