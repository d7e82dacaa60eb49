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

TEST_CASE("a text of an absurd length is told by its length, and not read", "[plugin]") {
    const postbell_str absurd{"abc", std::size_t{1} << 40};
    CHECK_FALSE(fits(absurd, POSTBELL_MAX_TEXT_BYTES));
    CHECK(sentence(absurd) == "(a text of 1099511627776 bytes, which is not read)");
    CHECK(sentence({"abc", 3}, 2) == "ab");
    CHECK(fits(postbell_str{nullptr, absurd.len}, 0));
    CHECK(sentence({nullptr, absurd.len}).empty());
}
