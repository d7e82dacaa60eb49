// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/text.hpp"

#include <catch2/catch.hpp>

using namespace postbell::kit;

TEST_CASE("case is ignored in ASCII letters, and in nothing else", "[sdk]") {
    CHECK(equalsIgnoringCase("Content-TYPE", "content-type"));
    CHECK(equalsIgnoringCase("", ""));
    CHECK_FALSE(equalsIgnoringCase("content-type", "content-typ"));
    CHECK_FALSE(equalsIgnoringCase("@", "`"));  // 32 apart, as letters are
    CHECK_FALSE(equalsIgnoringCase("[", "{"));
    CHECK_FALSE(equalsIgnoringCase("\xc4", "\xe4"));
}

TEST_CASE("blanks, tabs and line ends are taken off both ends", "[sdk]") {
    CHECK(trim("\r\n\t a b \t\r\n") == "a b");
    CHECK(trim("a") == "a");
    CHECK(trim(" \t\r\n").empty());
    CHECK(trim("").empty());
    CHECK(trim("\v a\xa0") == "\v a\xa0");
}
