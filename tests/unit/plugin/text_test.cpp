// SPDX-License-Identifier: Apache-2.0
#include "plugin/text.h"

#include <catch2/catch.hpp>

using namespace postbell::plugin;

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
