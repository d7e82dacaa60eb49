// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "unit/api/api_bench.h"

using namespace postbell;
using nlohmann::json;
using Bench = testing::ApiBench;

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

TEST_CASE("a report of an unread count, a folder and an end is taken, and a wrong one is named") {
    Bench bench;
    const json known = bench.registered();
    json report = {{"backend", "ews"},
                   {"subscription_id", "one"},
                   {"folder_id", "inbox"},
                   {"unread", 3},
                   {"expires_at", "2099-01-01T00:00:00Z"}};
    CHECK(bench.status("PUT", known, "/subscription", report) == 204);
    const auto stored =
        bench.store().registrations().findRegistration(known["registration_id"].get<std::string>());
    CHECK(stored->subscription.id_hash == util::sha256("one"));
    CHECK(stored->subscription.folder_hash == util::sha256("inbox"));
    CHECK(util::isSet(stored->subscription.expires_at));
    const std::vector<std::pair<std::string, json>> kWrong{{"unread", -1},
                                                           {"expires_at", "soon"},
                                                           {"expires_at", "1970-01-01T00:00:01Z"},
                                                           {"folder_id", "a\x1b"},
                                                           {"subscription_id", ""}};
    for (const auto& [member, wrong] : kWrong) {
        json bad = report;
        bad[member] = wrong;
        const net::Response answer = bench.call("PUT", Bench::path(known) + "/subscription",
                                                known["secret"].get<std::string>(), bad);
        CHECK(answer.status == 400);
        CHECK_THAT(Bench::title(answer), Catch::Contains(member));
    }
}
