// SPDX-License-Identifier: Apache-2.0
// The calls of devices, on a real store and the real plugins.
#include "api/registration_api.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "managed/managed_host.h"
#include "support/provided_bench.h"

using namespace postbell;
using nlohmann::json;

namespace {

struct Bench : testing::ProvidedBench {
    explicit Bench(api::RegistrationSettings settings = {"emea", "https://listener.example.com"})
        : api({store(), store(), seen, backends, providers, managed, clock(), log()}, registry,
              std::move(settings)) {
        app();
    }

    net::Response call(const char* method, const std::string& path, std::string_view secret,
                       const json& body = nullptr) {
        net::Request request;
        request.method = method;
        request.path = "/v1/registrations" + path;
        if (!secret.empty()) request.headers = {{"authorization", "Bearer " + std::string(secret)}};
        if (!body.is_null()) request.body = body.dump();
        request.peer = "192.0.2.1";
        return api.answer(request);
    }
    static json body() {
        return {{"app", "com.example.mail"},
                {"device_token", std::string(64, 'a')},
                {"environment", "production"},
                {"account_hash", std::string(64, '1')},
                {"device_hash", std::string(64, '2')}};
    }
    /// A registration as its app knows it.
    json registered() {
        const net::Response answer = call("POST", "", "enrolment", body());
        REQUIRE(answer.status == 201);
        return json::parse(answer.body);
    }
    int status(const char* method, const json& known, const std::string& rest,
               const json& body = nullptr) {
        return call(method, path(known) + rest, known["secret"].get<std::string>(), body).status;
    }
    json state(const json& known) {
        return json::parse(call("GET", path(known), known["secret"].get<std::string>()).body);
    }
    static std::string path(const json& known) {
        return "/" + known["registration_id"].get<std::string>();
    }
    static std::string title(const net::Response& answer) {
        return json::parse(answer.body)["title"];
    }

    managed::ManagedHost managed{
        {store(), clock(), registry, log(), "https://listener.example.com", {}}};
    api::RegistrationApi api;
};

}  // namespace

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
    bench.store().setAppEnabled(bench.app(), false, util::fromMs(1));
    refused("os_version", "17", 403);
}

TEST_CASE("registrations are limited for each address and for each app") {
    api::RegistrationSettings one_each{"emea", "https://listener.example.com"};
    one_each.registrations_per_minute_per_address = 1;
    Bench bench(one_each);
    CHECK(bench.call("POST", "", "enrolment", Bench::body()).status == 201);
    CHECK(bench.call("POST", "", "enrolment", Bench::body()).status == 429);
}

TEST_CASE("a report makes a registration active, and a replaced id is refused",
          "[row:API-7][row:API-9][row:API-10]") {
    Bench bench;
    const json known = bench.registered();
    const auto report = [&](const char* id, const char* backend = "ews") {
        return bench.status("PUT", known, "/subscription",
                            {{"backend", backend}, {"subscription_id", id}, {"unread", 3}});
    };
    CHECK(report("one") == 204);
    CHECK(bench.state(known)["state"] == "active");
    CHECK(report("two") == 204);
    CHECK(report("one") == 409);
    CHECK(report("three", "domino") == 400);
    CHECK(bench.status("PUT", known, "/subscription", {{"backend", "ews"}}) == 400);
}

TEST_CASE("a device changes its token and its versions", "[row:API-13]") {
    Bench bench;
    const json known = bench.registered();
    CHECK(bench.status("PATCH", known, "", {{"device_token", std::string(64, 'b')}}) == 204);
    CHECK(bench.status("PATCH", known, "", {{"os_version", "18"}, {"app_version", "2"}}) == 204);
    CHECK(bench.status("PATCH", known, "", {{"device_token", "short"}}) == 400);
    CHECK(bench.status("PATCH", known, "", json::object()) == 400);
    const auto stored = bench.store().findRegistration(known["registration_id"].get<std::string>());
    CHECK(stored->os_version == "18");
    CHECK(bench.store().pushTarget(stored->id)->token == std::string(64, 'b'));
}

TEST_CASE("a removed registration is gone, for its secret too", "[row:API-15]") {
    Bench bench;
    const json known = bench.registered();
    CHECK(bench.status("DELETE", known, "") == 204);
    CHECK(bench.status("GET", known, "") == 401);
    CHECK(bench.status("DELETE", known, "") == 401);
}

TEST_CASE("a wrong path, a wrong method and a wrong secret have their own answers",
          "[row:API-12][row:API-19]") {
    Bench bench;
    const json known = bench.registered();
    CHECK(bench.call("GET", Bench::path(known), "guess").status == 401);
    CHECK(bench.call("GET", Bench::path(known), "").status == 401);
    CHECK(bench.call("GET", Bench::path(known) + "/else", "x").status == 404);
    CHECK(bench.call("GET", "x", "x").status == 404);
    const net::Response wrong = bench.call("GET", "", "x");
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.back() == std::pair<std::string, std::string>("allow", "POST"));
    CHECK(bench.call("POST", Bench::path(known), "x").status == 405);
    CHECK(bench.call("GET", Bench::path(known) + "/subscription", "x").status == 405);
}
