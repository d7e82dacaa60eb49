// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "unit/api/api_bench.h"

using namespace postbell;
using nlohmann::json;
using Bench = testing::ApiBench;

TEST_CASE("a removed registration is gone, for its secret too", "[row:API-15]") {
    Bench bench;
    const json known = bench.registered();
    CHECK(bench.status("DELETE", known, "") == 204);
    CHECK(bench.status("GET", known, "") == 401);
    CHECK(bench.status("DELETE", known, "") == 401);
}
