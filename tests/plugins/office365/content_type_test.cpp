// SPDX-License-Identifier: Apache-2.0
#include "content_type.h"

#include <catch2/catch.hpp>

using postbell::office365::announcesJson;

TEST_CASE("JSON in UTF-8 is accepted, in any case and with parameters", "[office365]") {
    CHECK(announcesJson("application/json"));
    CHECK(announcesJson("application/json; charset=utf-8"));
    CHECK(announcesJson("Application/JSON ;odata.metadata=minimal; Charset = \"UTF-8\""));
    CHECK(announcesJson(""));
    CHECK(announcesJson("application/json;;; charset"));
}

TEST_CASE("another content type or charset is not", "[office365]") {
    CHECK_FALSE(announcesJson("text/xml"));
    CHECK_FALSE(announcesJson("application/jsonish"));
    CHECK_FALSE(announcesJson("application/json; charset=utf-16"));
    CHECK_FALSE(announcesJson("application/json; charset=\""));
}
