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

TEST_CASE("a refused device is told why", "[row:API-2][row:API-6]") {
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

namespace {

json bodyOf(char account) {
    json body = Bench::body();
    body["account_hash"] = std::string(64, account);
    return body;
}

api::RegistrationSettings settings() {
    return {"emea", "https://listener.example.com"};
}

}  // namespace

TEST_CASE(
    "the addresses of an IPv6 network are limited together, and a site's networks more widely") {
    api::RegistrationSettings one_each = settings();
    one_each.registrations_per_minute_per_address = 1;
    Bench bench(one_each);
    const auto from = [&](const std::string& address) {
        return bench.call("POST", "", "guess", Bench::body(), address).status;
    };
    CHECK(from("2001:db8:0:1::1") == 401);
    CHECK(from("2001:db8:0:1::2") == 429);
    for (const char* other : {"2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:0:4::1"})
        CHECK(from(other) == 401);
    CHECK(from("2001:db8:0:5::1") == 429);
    CHECK(from("2001:db8:0:100::1") == 401);
    CHECK(from("192.0.2.9") == 401);
    CHECK(from("::ffff:192.0.2.9") == 429);
}

TEST_CASE("an app pays for the rows that it makes, not for refused bodies nor for renewals") {
    api::RegistrationSettings two_a_minute = settings();
    two_a_minute.registrations_per_minute_per_app = 2;
    Bench bench(two_a_minute);
    for (int i = 0; i < 10; ++i)
        CHECK(bench.call("POST", "", "enrolment", {{"garbage", 1}}).status == 400);
    for (int i = 0; i < 5; ++i)
        CHECK(bench.call("POST", "", "enrolment", bodyOf('1')).status == (i == 0 ? 201 : 200));
    CHECK(bench.call("POST", "", "enrolment", bodyOf('2')).status == 201);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('3')).status == 429);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('1')).status == 200);
    CHECK(bench.metric("postbell_registrations_refused_total") == 1);
}

TEST_CASE("the renewals of one account on one phone are limited as its changes are") {
    api::RegistrationSettings two_each = settings();
    two_each.changes_per_minute_per_registration = 2;
    Bench bench(two_each);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('1')).status == 201);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('1')).status == 200);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('1')).status == 429);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('2')).status == 201);
}

TEST_CASE("an app that has all its registrations takes no more, renews, and takes one for one") {
    api::RegistrationSettings two = settings();
    two.max_registrations_per_app = 2;
    Bench bench(two);
    const json first = json::parse(bench.call("POST", "", "enrolment", bodyOf('1')).body);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('2')).status == 201);

    const net::Response refused = bench.call("POST", "", "enrolment", bodyOf('3'));

    CHECK(refused.status == 429);
    CHECK_THAT(Bench::title(refused), Catch::Contains("all the registrations"));
    CHECK(bench.metric("postbell_registrations_refused_total") == 1);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('2')).status == 200);
    CHECK(bench.status("DELETE", first, "") == 204);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('3')).status == 201);
}

TEST_CASE("a replaced key renews for ever, and registers while it may") {
    Bench bench;
    CHECK(bench.call("POST", "", "enrolment", bodyOf('1')).status == 201);
    store::Directory& directory = bench.store().directory();
    directory.setEnrolmentHash(bench.app(), util::sha256("new"),
                               bench.clock().wall() + std::chrono::hours(1));
    CHECK(bench.call("POST", "", "enrolment", bodyOf('2')).status == 201);
    CHECK(bench.call("POST", "", "new", bodyOf('3')).status == 201);

    directory.setEnrolmentHash(bench.app(), util::sha256("newer"), bench.clock().wall());

    const net::Response refused = bench.call("POST", "", "new", bodyOf('4'));
    CHECK(refused.status == 401);
    CHECK_THAT(Bench::title(refused), Catch::Contains("was replaced"));
    CHECK(bench.call("POST", "", "new", bodyOf('3')).status == 200);
    CHECK(bench.call("POST", "", "enrolment", bodyOf('1')).status == 200);
    CHECK(bench.call("POST", "", "newer", bodyOf('4')).status == 201);
}

TEST_CASE("a device token and the account's hash renew nothing without the phone's own hash") {
    Bench bench;
    const json victim = bench.registered();
    json stranger = Bench::body();
    stranger["device_hash"] = std::string(64, '9');

    const net::Response answer = bench.call("POST", "", "enrolment", stranger);

    CHECK(answer.status == 201);
    CHECK(json::parse(answer.body)["registration_id"] != victim["registration_id"]);
    CHECK(bench.status("GET", victim, "") == 200);
}
