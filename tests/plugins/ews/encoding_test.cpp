// SPDX-License-Identifier: Apache-2.0
#include "encoding.h"

#include <catch2/catch.hpp>

using namespace postbell::ews;
using namespace std::string_view_literals;

namespace {

Encoding found(std::string_view body, std::string_view charset = {}) {
    const auto text = detectEncoding(body, charset);
    REQUIRE(text);
    return text->encoding;
}

}  // namespace

TEST_CASE("a byte order mark outranks charset and declaration, and is taken off", "[ews]") {
    const auto utf8 = detectEncoding("\xEF\xBB\xBF<a/>", "iso-8859-1");
    REQUIRE(utf8);
    CHECK(utf8->encoding == Encoding::Utf8);
    CHECK(utf8->bytes == "<a/>");
    CHECK(found("\xFF\xFE<\0"sv, "utf-8") == Encoding::Utf16Le);
    CHECK(found("\xFE\xFF\0<"sv, "utf-8") == Encoding::Utf16Be);
}

TEST_CASE("UTF-16 is recognised without a byte order mark", "[ews]") {
    CHECK(found("<\0a\0"sv, "utf-16") == Encoding::Utf16Le);
    CHECK(found("\0<\0a"sv) == Encoding::Utf16Be);
}

TEST_CASE("charset outranks the declaration, and without either it is UTF-8", "[ews]") {
    constexpr auto kDeclared = "<?xml version='1.0' encoding = 'ISO-8859-1' ?><a/>";
    CHECK(found(kDeclared) == Encoding::Latin1);
    CHECK(found(kDeclared, "Windows-1252") == Encoding::Windows1252);
    CHECK(found("<a encoding='iso-8859-1'/>") == Encoding::Utf8);
    CHECK(found("") == Encoding::Utf8);
}

TEST_CASE("a message that says UTF-16 in bytes of ASCII is read as UTF-8", "[ews]") {
    CHECK(found(R"(<?xml version="1.0" encoding="utf-16"?><a/>)") == Encoding::Utf8);
    CHECK(found("<a/>", "utf-16") == Encoding::Utf8);
}

TEST_CASE("an encoding that is not supported is said to be so", "[ews]") {
    CHECK_FALSE(detectEncoding("<a/>", "shift_jis"));
    CHECK_FALSE(detectEncoding("<?xml version=\"1.0\" encoding=\"koi8-r\"?><a/>", ""));
    CHECK_FALSE(detectEncoding("\xFF\xFE\0\0<\0\0\0"sv, ""));
}

TEST_CASE("a declaration that is cut off is left to the parser", "[ews]") {
    for (const std::string_view body :
         {"<?xml", "<?xml encoding", "<?xml encoding=", "<?xml encoding='", "<?xml encoding=utf-8"})
        CHECK(found(body) == Encoding::Utf8);
    CHECK_FALSE(detectEncoding("<?xml encoding='utf-8", "x-unknown"));
}
