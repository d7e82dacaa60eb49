// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "unit/api/api_bench.h"

using namespace postbell;
using nlohmann::json;
using Bench = testing::ApiBench;

TEST_CASE("a device changes its token and its versions", "[row:API-13]") {
    Bench bench;
    const json known = bench.registered();
    CHECK(bench.status("PATCH", known, "", {{"device_token", std::string(64, 'b')}}) == 204);
    CHECK(bench.status("PATCH", known, "", {{"os_version", "18"}}) == 204);
    CHECK(bench.status("PATCH", known, "", {{"app_version", "2"}}) == 204);
    CHECK(bench.status("PATCH", known, "", {{"device_token", "short"}}) == 400);
    CHECK(bench.status("PATCH", known, "", json::object()) == 400);
    const auto stored =
        bench.store().registrations().findRegistration(known["registration_id"].get<std::string>());
    CHECK(stored->os_version == "18");
    CHECK(stored->app_version == "2");
    CHECK(bench.store().events().pushTarget(stored->id)->token == std::string(64, 'b'));
}

TEST_CASE("versions that could steer an admin's terminal are refused by name", "[row:API-4]") {
    Bench bench;
    const json known = bench.registered();
    for (const char* member : {"os_version", "app_version"})
        for (const char* version :
             {"17\xc2\x9b", "17\xe2\x80\xae", "17\x1b[2J", "17\xe2\x80\xa8"}) {
            const net::Response answer =
                bench.call("PATCH", Bench::path(known), known["secret"].get<std::string>(),
                           {{member, version}});
            CHECK(answer.status == 400);
            CHECK_THAT(Bench::title(answer), Catch::Contains(member));
        }
}

TEST_CASE("the changes and reports of a registration are limited, another's are not") {
    api::RegistrationSettings two_each{"emea", "https://listener.example.com"};
    two_each.changes_per_minute_per_registration = 2;
    Bench bench(two_each);
    const json known = bench.registered();
    const json version = {{"os_version", "17.2"}};
    const json report = {{"backend", "ews"}, {"subscription_id", "s"}};
    CHECK(bench.status("PATCH", known, "", version) == 204);
    CHECK(bench.status("PUT", known, "/subscription", report) == 204);
    CHECK(bench.status("PATCH", known, "", version) == 429);
    CHECK(bench.status("PUT", known, "/subscription", report) == 429);
    CHECK(bench.call("PATCH", Bench::path(known), "guessed", version).status == 401);
    CHECK(bench.status("GET", known, "") == 200);
}

TEST_CASE("a device that has all the registrations that it may have is told so") {
    Bench bench;
    const auto enrol = [&](std::int64_t account, char token) {
        const std::string number = std::to_string(account);
        json body = Bench::body();
        body["account_hash"] = std::string(64 - number.size(), '0') + number;
        body["device_token"] = std::string(64, token);
        return bench.call("POST", "", "enrolment", body);
    };
    for (std::int64_t account = 0; account < store::kMaxRegistrationsPerDevice; ++account)
        REQUIRE(enrol(account, 'a').status == 201);

    const net::Response more = enrol(1'000, 'a');
    CHECK(more.status == 409);
    CHECK_THAT(Bench::title(more), Catch::Contains("this device has 100 registrations"));
    const json other = json::parse(enrol(1'000, 'b').body);
    CHECK(bench.status("PATCH", other, "", {{"device_token", std::string(64, 'a')}}) == 409);
    CHECK(bench.status("PATCH", other, "", {{"device_token", std::string(64, 'c')}}) == 204);
}

TEST_CASE("the phone whose backup another phone was restored from is told, and registers anew") {
    Bench bench;
    const json shared = bench.registered();
    CHECK(bench.status("PATCH", shared, "", {{"device_token", std::string(64, 'b')}}) == 204);

    const net::Response refused =
        bench.call("PATCH", Bench::path(shared), shared["secret"].get<std::string>(),
                   {{"device_token", std::string(64, 'a')}});

    CHECK(refused.status == 409);
    CHECK_THAT(Bench::title(refused), Catch::Contains("restored from this phone's backup"));
    json body = Bench::body();
    body["previous_secret"] = shared["secret"];
    const net::Response anew = bench.call("POST", "", "enrolment", body);
    CHECK(anew.status == 201);
    CHECK(json::parse(anew.body)["registration_id"] != shared["registration_id"]);
    CHECK(bench.status("GET", shared, "") == 200);
}
