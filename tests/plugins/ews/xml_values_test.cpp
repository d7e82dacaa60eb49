// SPDX-License-Identifier: Apache-2.0
#include "xml_values.h"

#include <catch2/catch.hpp>

using namespace postbell::ews;

TEST_CASE("a time is read with a zone, an offset, a fraction or none of them", "[ews]") {
    CHECK(parseDateTime("2013-09-16T04:31:29Z") == 1'379'305'889'000);
    CHECK(parseDateTime(" 2013-09-16T04:31:29\n") == 1'379'305'889'000);
    CHECK(parseDateTime("2013-09-16T06:31:29+02:00") == 1'379'305'889'000);
    CHECK(parseDateTime("2013-09-15T23:01:29-05:30") == 1'379'305'889'000);
    CHECK(parseDateTime("2013-09-16T04:31:29.5Z") == 1'379'305'889'500);
    CHECK(parseDateTime("2013-09-16T04:31:29.1234567Z") == 1'379'305'889'123);
    CHECK(parseDateTime("2013-09-15T24:00:00Z") == parseDateTime("2013-09-16T00:00:00Z"));
    CHECK(parseDateTime("2024-02-29T00:00:00Z") == 1'709'164'800'000);
}

TEST_CASE("what is no time is 0", "[ews]") {
    for (const auto text :
         {"", "yesterday", "2013-09-16", "2013-9-16T04:31:29Z", "2013-02-29T00:00:00Z",
          "2013-13-01T00:00:00Z", "2013-09-16T25:00:00Z", "2013-09-16T24:00:01Z",
          "2013-09-16T04:60:00Z", "2013-09-16T04:31:29.Z", "2013-09-16T04:31:29+2:00",
          "2013-09-16T04:31:29+99:00", "2013-09-16T04:31:29Z!", "-2013-09-16T04:31:29Z"})
        CHECK(parseDateTime(text) == 0);
}

TEST_CASE("a number is a whole number that fits", "[ews]") {
    CHECK(parseInt("0") == 0);
    CHECK(parseInt(" +12\t") == 12);
    CHECK(parseInt("-3") == -3);
    CHECK(parseInt("2147483647") == 2'147'483'647);
    for (const auto text : {"", "+", "+-1", "1.5", "2147483648", "0x1", "1 2"})
        CHECK_FALSE(parseInt(text));
}

TEST_CASE("both spellings of true are true", "[ews]") {
    CHECK(parseBoolean("true"));
    CHECK(parseBoolean(" 1 "));
    CHECK_FALSE(parseBoolean("false"));
    CHECK_FALSE(parseBoolean("TRUE"));
}
