// SPDX-License-Identifier: Apache-2.0
#include "plugin/text.h"

#include <catch2/catch.hpp>

using namespace postbell::plugin;

TEST_CASE("UTF-8 is what RFC 3629 says", "[plugin]") {
    for (const char* good :
         {"", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x94\x94", "\xf4\x8f\xbf\xbf"})
        CHECK(isUtf8(good));
    for (const char* bad : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                            "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"}) {
        INFO(bad);
        CHECK_FALSE(isUtf8(bad));
    }
}

TEST_CASE("a plugin's text is made fit for a message", "[plugin]") {
    CHECK(printable("a\nb\x1b[31m\xff\xc3\xa4", 100) == "a b [31m?\xc3\xa4");
    CHECK(printable("abc", 2) == "ab");
    CHECK(printable("a\xc3\xa4", 2) == "a");
}

TEST_CASE("a text without an end is none", "[plugin]") {
    CHECK(boundedText("abc", 3) == "abc");
    CHECK_FALSE(boundedText("abcd", 3));
    CHECK_FALSE(boundedText(nullptr, 3));
    CHECK_FALSE(boundedText("\xff", 3));
    CHECK(view(postbell_str{nullptr, 5}).empty());
    CHECK(view(postbell_bytes{nullptr, 5}).empty());
    CHECK(raw("").ptr == nullptr);
    CHECK(view(rawBytes("abc")) == "abc");
}
