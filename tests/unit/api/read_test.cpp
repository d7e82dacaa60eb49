// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "unit/api/api_bench.h"

using namespace postbell;
using nlohmann::json;
using Bench = testing::ApiBench;

TEST_CASE("an app reads where its registration stands", "[row:STATE-1]") {
    Bench bench;
    const json known = bench.registered();
    const json state = bench.state(known);
    CHECK(state["registration_id"] == known["registration_id"]);
    CHECK(state["state"] == "waiting");
    CHECK(state["action"] == "subscribe");
    for (const char* member : {"note", "last_event_at", "last_push_at", "last_outcome"})
        CHECK(state[member].is_null());
}
