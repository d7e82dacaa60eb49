// SPDX-License-Identifier: Apache-2.0
#include "api/registration_fields.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::api;
using nlohmann::json;

namespace {

int statusOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const Problem& p) {
        return p.status();
    }
    return 0;
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
    CHECK(statusOf([] { parseObject(body("{}", "text/xml")); }) == 415);
    const std::string deep = "{\"a\":" + std::string(1'000, '[') + std::string(1'000, ']') + "}";
    CHECK(statusOf([&] { parseObject(body(deep)); }) == 400);
}

TEST_CASE("a plain address is refused with a sentence saying why", "[row:API-3]") {
    try {
        hashField(json{{"account_hash", "alfred@example.com"}}, "account_hash");
        FAIL("accepted");
    } catch (const Problem& p) {
        CHECK(std::string(p.what()).find("never to know whose mail") != std::string::npos);
    }
    const std::string digest(64, 'A');
    CHECK(hashField(json{{"h", digest}}, "h") == std::string(64, 'a'));
    CHECK(statusOf([] { hashField(json{{"h", std::string(63, 'a')}}, "h"); }) == 400);
    CHECK(statusOf([] { hashField(json{{"h", 5}}, "h"); }) == 400);
}

TEST_CASE("texts, times and counts are checked, and the message names the field", "[row:API-4]") {
    CHECK(statusOf([] { requiredText(json::object(), "app", 10); }) == 400);
    CHECK(statusOf([] { requiredText(json{{"app", std::string(11, 'x')}}, "app", 10); }) == 400);
    CHECK(statusOf([] { requiredText(json{{"app", "a\nb"}}, "app", 10); }) == 400);
    CHECK_FALSE(textField(json{{"app", nullptr}}, "app", 10, false).has_value());
    CHECK(timeField(json{{"t", "2026-11-23T08:15:30Z"}}, "t") > 0);
    CHECK(statusOf([] { timeField(json{{"t", "soon"}}, "t"); }) == 400);
    CHECK(countField(json{{"n", 0}}, "n") == 0);
    CHECK(countField(json::object(), "n") == store::kUnknownCount);
    for (const json& wrong : {json(-1), json(1.5), json("3"), json(3'000'000'000)})
        CHECK(statusOf([&] { countField(json{{"n", wrong}}, "n"); }) == 400);
    CHECK(environmentField(json{{"environment", "sandbox"}}) == store::Environment::Sandbox);
    CHECK(statusOf([] { environmentField(json{{"environment", "test"}}); }) == 400);
}
