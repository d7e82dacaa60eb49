// SPDX-License-Identifier: Apache-2.0
#include "api/enrolment.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "unit/api/api_bench.h"

using namespace postbell;
using nlohmann::json;
using Bench = testing::ApiBench;

TEST_CASE("a device registers and is given a callback for each backend",
          "[row:API-1][row:API-18]") {
    Bench bench;
    const json known = bench.registered();
    CHECK(known["region"] == "emea");
    CHECK(known["check_every_seconds"] == 300);
    const std::string url = known["callbacks"]["ews"]["url"];
    CHECK(url.find("https://listener.example.com/ews/") == 0);
    CHECK(known["callbacks"]["ews"].contains("proof"));
    CHECK(bench.state(known)["state"] == "waiting");
}

TEST_CASE("the same device, app and account again renews", "[row:RENEW-2][row:RENEW-4]") {
    Bench bench;
    const json first = bench.registered();
    const net::Response again = bench.call("POST", "", "enrolment", Bench::body());
    CHECK(again.status == 200);
    const json second = json::parse(again.body);
    CHECK(second["registration_id"] == first["registration_id"]);
    CHECK(second["secret"] != first["secret"]);
    CHECK(bench.status("GET", first, "") == 401);
    CHECK(bench.status("GET", second, "") == 200);
}

TEST_CASE("who may not register is told so", "[row:API-2][row:API-6]") {
    Bench bench;
    CHECK(bench.call("POST", "", "", Bench::body()).status == 401);
    CHECK(bench.call("POST", "", "guess", Bench::body()).status == 401);
    const auto refused = [&](const char* member, const json& value, int status) {
        json body = Bench::body();
        body[member] = value;
        const net::Response answer = bench.call("POST", "", "enrolment", body);
        CHECK(answer.status == status);
        return Bench::title(answer);
    };
    refused("app", "com.example.other", 401);
    refused("environment", nullptr, 400);
    refused("environment", "test", 400);
    CHECK(refused("device_token", "short", 400).find("\"device_token\"") == 0);
    CHECK(refused("account_hash", "anna@example.com", 400).find("never to know") !=
          std::string::npos);
    refused("grants", json{{"ews", json::object()}}, 400);   // it takes none
    refused("grants", json{{"none", json::object()}}, 400);  // there is none
    refused("grants", json{{"ews", 1}, {"none", 2}}, 400);
    refused("grants", "all", 400);
    bench.store().directory().setAppEnabled(bench.app(), false, util::fromMs(1));
    refused("os_version", "17", 403);
}

TEST_CASE("registrations are limited for each address and for each app") {
    api::RegistrationSettings one_each{"emea", "https://listener.example.com"};
    one_each.registrations_per_minute_per_address = 1;
    Bench bench(one_each);
    CHECK(bench.call("POST", "", "enrolment", Bench::body()).status == 201);
    CHECK(bench.call("POST", "", "enrolment", Bench::body()).status == 429);
}
