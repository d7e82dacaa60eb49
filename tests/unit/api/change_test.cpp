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
    CHECK(bench.status("PATCH", known, "", {{"os_version", "18"}, {"app_version", "2"}}) == 204);
    CHECK(bench.status("PATCH", known, "", {{"device_token", "short"}}) == 400);
    CHECK(bench.status("PATCH", known, "", json::object()) == 400);
    const auto stored =
        bench.store().registrations().findRegistration(known["registration_id"].get<std::string>());
    CHECK(stored->os_version == "18");
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
