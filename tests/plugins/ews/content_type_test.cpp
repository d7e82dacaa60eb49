// SPDX-License-Identifier: Apache-2.0
#include "content_type.h"

#include <catch2/catch.hpp>

using namespace postbell::ews;

TEST_CASE("both of SOAP's content types are accepted, in any case and with parameters", "[ews]") {
    CHECK(parseContentType("text/xml; charset=utf-8").acceptable);
    CHECK(parseContentType("Text/XML").soap == SoapVersion::V11);
    CHECK(parseContentType("application/soap+xml; action=\"x\"; charset=utf-8").soap ==
          SoapVersion::V12);
}

TEST_CASE("a missing content type is tolerated and another is not", "[ews]") {
    CHECK(parseContentType("").acceptable);
    CHECK(parseContentType("  ").acceptable);
    CHECK_FALSE(parseContentType("application/json").acceptable);
    CHECK_FALSE(parseContentType("text/xmlish").acceptable);
}

TEST_CASE("the charset is found among the parameters, with and without quotes", "[ews]") {
    CHECK(parseContentType("text/xml; charset=utf-8").charset == "utf-8");
    CHECK(parseContentType("text/xml;action=a ; Charset = \"UTF-16\"").charset == "UTF-16");
    CHECK(parseContentType("text/xml; charset='utf-8'").charset == "utf-8");
    CHECK(parseContentType("text/xml").charset.empty());
    CHECK(parseContentType("text/xml; charset").charset.empty());
    CHECK(parseContentType("text/xml;;; charset=\"").charset == "\"");
}
