// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "unit/api/api_bench.h"
#include "util/codec.h"
#include "util/crypto.h"

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

TEST_CASE("an app sees by the hash of the device token whether it is its own") {
    Bench bench;
    const json known = bench.registered();
    const auto hash = [](char digit) {
        return util::hexEncode(util::sha256(std::string(64, digit)));
    };
    CHECK(bench.state(known)["device_token_hash"] == hash('a'));
    CHECK(bench.status("PATCH", known, "", {{"device_token", std::string(64, 'B')}}) == 204);
    CHECK(bench.state(known)["device_token_hash"] == hash('b'));
}
