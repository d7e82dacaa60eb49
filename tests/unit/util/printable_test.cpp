// SPDX-License-Identifier: Apache-2.0
#include "util/printable.h"

#include <catch2/catch.hpp>

using namespace postbell::util;

TEST_CASE("UTF-8 is as RFC 3629 has it", "[util]") {
    for (const char* good :
         {"", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x94\x94", "\xf4\x8f\xbf\xbf"})
        CHECK(isUtf8(good));
    for (const char* bad : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                            "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"}) {
        INFO(bad);
        CHECK_FALSE(isUtf8(bad));
        CHECK_FALSE(isPrintable(bad));
    }
}

TEST_CASE("letters of every script are printable, controls are not", "[util]") {
    for (const char* good : {"", "Anna", "M\xc3\xbcller", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
                             "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x94\x94", "\xc2\xa0"})
        CHECK(isPrintable(good));
    for (const std::string& control :
         {std::string(1, '\0'), std::string("\a"), std::string("\n"), std::string("\x1b"),
          std::string("\x7f"),                                                        // C0, DEL
          std::string("\xc2\x80"), std::string("\xc2\x9b"), std::string("\xc2\x9f"),  // C1
          std::string("\xd8\x9c"), std::string("\xe2\x80\x8e"), std::string("\xe2\x80\x8f"),
          std::string("\xe2\x80\xaa"), std::string("\xe2\x80\xae"),     // U+202A, U+202E
          std::string("\xe2\x81\xa6"), std::string("\xe2\x81\xa9"),     // U+2066, U+2069
          std::string("\xe2\x80\xa8"), std::string("\xe2\x80\xa9")}) {  // U+2028, U+2029
        CHECK_FALSE(isPrintable("a" + control));
        CHECK(printable("a" + control + "b") == "a b");
    }
}

TEST_CASE("a printable text is cut between characters", "[util]") {
    CHECK(printable("a\nb\x1b[31m\xff\xc3\xa4", 100) == "a b [31m?\xc3\xa4");
    CHECK(printable("abc", 2) == "ab");
    CHECK(printable("a\xc3\xa4", 2) == "a");
    CHECK(printable("abc") == "abc");
}
