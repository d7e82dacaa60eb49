// SPDX-License-Identifier: Apache-2.0
#include "util/bounded_json.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

using namespace postbell;
using nlohmann::json;
using util::JsonBeyondBounds;
using util::parseBounded;

namespace {

std::string list(std::size_t count, const std::string& element) {
    std::string text = "[" + element;
    for (std::size_t i = 1; i < count; ++i) text += "," + element;
    return text + "]";
}

std::chrono::nanoseconds timeOf(const std::string& text) {
    const auto begin = std::chrono::steady_clock::now();
    (void)parseBounded(text, {8, 1'000'000});
    return std::chrono::steady_clock::now() - begin;
}

}  // namespace

TEST_CASE("a document within its bounds is read as ever", "[util]") {
    for (const char* text :
         {R"({"a":[1,-2,3.5,"b",true,null,{}],"c":{"d":[]}})", "[]", "7", "null"})
        CHECK(parseBounded(text, {3, 20}) == json::parse(text));
}

TEST_CASE("depth and values are bounded, at the bound and not before", "[util]") {
    CHECK_NOTHROW(parseBounded("[[[1]]]", {3, 4}));
    CHECK_THROWS_WITH(parseBounded("[[[1]]]", {2, 4}), "nested deeper than 2 levels");
    CHECK_THROWS_WITH(parseBounded("[[[1]]]", {3, 3}), "of more than 3 values");
    CHECK_THROWS_AS(parseBounded(R"({"a":1,"b":2})", {3, 2}), JsonBeyondBounds);
    CHECK_THROWS_AS(parseBounded(std::string(100'000, '['), {8, 100}), JsonBeyondBounds);
    // The bound is reached before the fault.
    CHECK_THROWS_AS(parseBounded("[[[[", {3, 100}), JsonBeyondBounds);
}

TEST_CASE("a text that is no JSON, or has a number beyond all, is refused as ever", "[util]") {
    for (const char* text : {"", "{", "[1,]", "{}x", "\xff"})
        CHECK_THROWS_AS(parseBounded(text, {8, 100}), json::parse_error);
    CHECK_THROWS_AS(parseBounded("[1e999]", {8, 100}), json::out_of_range);
}

TEST_CASE("sixteen times the empty objects take nothing like 256 times the time", "[util]") {
    const std::string few = list(4'000, "{}"), many = list(64'000, "{}");
    (void)timeOf(few);
    CHECK(timeOf(many) < 100 * timeOf(few) + std::chrono::milliseconds(50));
}
