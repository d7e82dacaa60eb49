// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/content_type.hpp"

#include <catch2/catch.hpp>

using namespace postbell::kit;

TEST_CASE("media type and charset are found, as they are written", "[sdk]") {
    const ContentType plain = parseContentType("Text/XML");
    CHECK(plain.media == "Text/XML");
    CHECK(plain.charset.empty());

    const ContentType full = parseContentType(" text/xml ; action=\"a\" ;Charset = UTF-8 ");
    CHECK(full.media == "text/xml");
    CHECK(full.charset == "UTF-8");
}

TEST_CASE("a charset may be in quotes of either kind", "[sdk]") {
    CHECK(parseContentType("a/b; charset=\"utf-8\"").charset == "utf-8");
    CHECK(parseContentType("a/b; charset='utf-8'").charset == "utf-8");
    CHECK(parseContentType("a/b; charset=\"utf-8'").charset == "\"utf-8'");
    CHECK(parseContentType("a/b; charset=\"").charset == "\"");
    CHECK(parseContentType("a/b; charset=\"\"").charset.empty());
}

TEST_CASE("a header that is no content type has empty parts", "[sdk]") {
    for (const char* header : {"", ";", ";;;", " ; charset", ";=x"}) {
        CAPTURE(header);
        CHECK(parseContentType(header).media.empty());
        CHECK(parseContentType(header).charset.empty());
    }
}
