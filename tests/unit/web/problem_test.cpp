// SPDX-License-Identifier: Apache-2.0
#include "web/problem.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace postbell;
using namespace postbell::web;

namespace {

std::string headerOf(const net::Response& response, std::string_view name) {
    for (const auto& [found, value] : response.headers)
        if (found == name) return value;
    return {};
}

net::Request withAuthorization(std::string value) {
    net::Request request;
    request.headers.emplace_back("authorization", std::move(value));
    return request;
}

}  // namespace

TEST_CASE("an error is problem+json with a title, and is not cached") {
    const net::Response response = Problem(404, "there is no \"x\"").response();
    CHECK(response.status == 404);
    CHECK(headerOf(response, "content-type") == "application/problem+json");
    CHECK(headerOf(response, "cache-control") == "no-store");
    const auto body = nlohmann::json::parse(response.body);
    CHECK(body["title"] == "there is no \"x\"");
    CHECK(body["status"] == 404);
}

TEST_CASE("errors say what to do next") {
    CHECK(headerOf(problemResponse(401, ""), "www-authenticate") == "Bearer");
    CHECK(headerOf(problemResponse(429, ""), "retry-after") == "60");
    CHECK(headerOf(problemResponse(503, ""), "retry-after") == "5");
    CHECK(headerOf(Problem::methodNotAllowed("PUT", "GET, POST").response(), "allow") ==
          "GET, POST");
}

TEST_CASE("a bearer token is what follows the scheme, in any case") {
    CHECK(bearer(withAuthorization("bearer abc"), "missing") == "abc");
    for (const char* wrong : {"", "Bearer ", "Bearer", "Basic abc"})
        CHECK_THROWS_WITH(bearer(withAuthorization(wrong), "it is missing"), "it is missing");
}

TEST_CASE("one blank or more stand before a bearer's token, and there must be a token") {
    CHECK(bearer(withAuthorization("Bearer  abc"), "missing") == "abc");
    CHECK(bearer(withAuthorization("bearer    a b"), "missing") == "a b");
    CHECK_THROWS_AS(bearer(withAuthorization("Bearer  "), "missing"), Problem);
    CHECK_THROWS_AS(bearer(withAuthorization("Bearerabc"), "missing"), Problem);
}
