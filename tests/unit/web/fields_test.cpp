// SPDX-License-Identifier: Apache-2.0
#include "web/fields.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>
#include <functional>

using namespace postbell;
using namespace postbell::web;
using nlohmann::json;

namespace {

/// The status and the title of the Problem that a call throws; 0 and nothing if it throws none.
std::pair<int, std::string> problemOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const Problem& problem) {
        return {problem.status(), problem.what()};
    }
    return {0, ""};
}
int statusOf(const std::function<void()>& call) {
    return problemOf(call).first;
}

net::Request body(std::string text, std::string type = "application/json") {
    net::Request request;
    request.body = std::move(text);
    request.headers.emplace_back("content-type", std::move(type));
    return request;
}

}  // namespace

TEST_CASE("a body must be a JSON object of bounded depth", "[row:API-20]") {
    CHECK(parseObject(body("{\"a\":1}"))["a"] == 1);
    for (const char* text :
         {"", "{", "[]", "1", "{\"a\":1}x", "\xff", "{\"a\":1e999}", "{\"a\":-1e999}"})
        CHECK(statusOf([&] { parseObject(body(text)); }) == 400);
    for (const char* type : {"text/xml", "application/jsonp", "xjson", "text/html;json",
                             "application/notjson", "application", "json"}) {
        CAPTURE(type);
        CHECK(statusOf([&] { parseObject(body("{}", type)); }) == 415);
    }
    for (const char* type :
         {"application/json", "Application/JSON ; charset=utf-8", "application/problem+json"}) {
        CAPTURE(type);
        CHECK(parseObject(body("{}", type)).empty());
    }
    const std::string deep = "{\"a\":" + std::string(1'000, '[') + std::string(1'000, ']') + "}";
    CHECK(statusOf([&] { parseObject(body(deep)); }) == 400);
}

TEST_CASE("texts are bounded and without control characters", "[row:API-4]") {
    CHECK(requiredText(json{{"app", "mail"}}, "app", 10) == "mail");
    CHECK_FALSE(optionalText(json{{"app", nullptr}}, "app", 10).has_value());
    CHECK(problemOf([] { requiredText(json::object(), "app", 10); }).second ==
          "\"app\" is missing");
    for (const json& wrong : {json(""), json(std::string(11, 'x')), json("a\nb"), json("a\x7f"),
                              json("a\xc2\x9b"), json("a\xe2\x80\xae"), json(5)})
        CHECK(statusOf([&] { optionalText(json{{"app", wrong}}, "app", 10); }) == 400);
    CHECK(anyText(json{{"app", ""}}, "app") == "");
}

TEST_CASE("times and numbers are checked, and the sentence names the member", "[row:API-4]") {
    CHECK(util::toMs(*optionalTime(json{{"t", "2026-11-23T08:15:30Z"}}, "t")) > 0);
    CHECK_FALSE(optionalTime(json::object(), "t").has_value());
    CHECK(problemOf([] {
              optionalTime(json{{"t", "soon"}}, "t");
          }).second.find("\"t\" must be") == 0);
    CHECK(optionalNumber(json{{"n", 7}}, "n", 7) == 7);
    CHECK_FALSE(optionalNumber(json::object(), "n").has_value());
    for (const json& wrong : {json(-1), json(1.5), json("3"), json(8)})
        CHECK(statusOf([&] { optionalNumber(json{{"n", wrong}}, "n", 7); }) == 400);
}

TEST_CASE("an unset time is null, and text that is not UTF-8 can still be sent") {
    CHECK(timeOrNull(util::WallTime()).is_null());
    CHECK(timeOrNull(util::fromMs(1'000)) == "1970-01-01T00:00:01Z");
    CHECK(textOrNull("").is_null());
    CHECK(dump(json{{"a", "\xff"}}) == "{\"a\":\"\xef\xbf\xbd\"}");
}
