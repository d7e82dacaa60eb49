// SPDX-License-Identifier: Apache-2.0
#include "api/registration_fields.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>
#include <functional>

#include "web/problem.h"

using namespace postbell;
using namespace postbell::api;
using nlohmann::json;
using web::Problem;

namespace {

int statusOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const Problem& p) {
        return p.status();
    }
    return 0;
}

}  // namespace

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

TEST_CASE("counts and environments are checked", "[row:API-4]") {
    CHECK(countField(json{{"n", 0}}, "n") == 0);
    CHECK(countField(json::object(), "n") == store::kUnknownCount);
    for (const json& wrong : {json(-1), json(1.5), json("3"), json(3'000'000'000)})
        CHECK(statusOf([&] { countField(json{{"n", wrong}}, "n"); }) == 400);
    CHECK(environmentField(json{{"environment", "sandbox"}}) == store::Environment::Sandbox);
    CHECK(statusOf([] { environmentField(json{{"environment", "test"}}); }) == 400);
}

TEST_CASE("a platform that no provider serves is the gateway's trouble, not the device's") {
    CHECK(statusOf([] { providerOf(provider::ProviderHost(), "ios"); }) == 503);
}
