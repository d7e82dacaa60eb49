// SPDX-License-Identifier: Apache-2.0
#include "json_pointer.h"

#include <catch2/catch.hpp>

using namespace postbell;
using webhook::JsonPointer;

namespace {

/// RFC 6901, 5.
constexpr const char* kDocument =
    R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";

std::string found(const char* pointer) {
    const auto document = kit::readJson(kDocument);
    REQUIRE(document);
    const auto parsed = JsonPointer::parse(pointer);
    REQUIRE(parsed);
    const kit::Json& value = parsed->find(*document);
    if (value.isNull()) return "null";
    return std::string(value.text().value_or(value.number().value_or("structure")));
}

}  // namespace

TEST_CASE("a pointer leads where RFC 6901 says", "[webhook]") {
    for (const auto& [pointer, expected] : {std::pair{"", "structure"},
                                            {"/foo", "structure"},
                                            {"/foo/0", "bar"},
                                            {"/foo/1", "baz"},
                                            {"/", "0"},
                                            {"/a~1b", "1"},
                                            {"/c%d", "2"},
                                            {"/e^f", "3"},
                                            {"/g|h", "4"},
                                            {"/i\\j", "5"},
                                            {"/k\"l", "6"},
                                            {"/ ", "7"},
                                            {"/m~0n", "8"}}) {
        INFO(pointer);
        CHECK(found(pointer) == expected);
    }
}

TEST_CASE("a pointer that leads nowhere finds null", "[webhook]") {
    for (const char* pointer : {"/foo/2", "/foo/01", "/foo/-", "/foo/bar", "/foo/", "/none",
                                "/none/more", "/a~1b/0", "/foo/18446744073709551616"}) {
        INFO(pointer);
        CHECK(found(pointer) == "null");
    }
}

TEST_CASE("a text that is no pointer is refused", "[webhook]") {
    for (const char* text : {"foo", "foo/bar", "/a~", "/a~2b", "#/foo"}) {
        INFO(text);
        CHECK_FALSE(JsonPointer::parse(text));
    }
}
