// SPDX-License-Identifier: Apache-2.0
// A lane whose origins fail, or have no room.
#include <catch2/catch.hpp>

#include "unit/dispatch/lane_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using Fixture = testing::LaneBench;

namespace {

constexpr std::chrono::seconds kSecond{1};

}  // namespace

TEST_CASE("an origin that cannot be reached is probed by one push at a time", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.on([&] { f.wire.fail(0, engine::Failure::Connect); });
    f.on([&] { f.wire.fail(1, engine::Failure::Connect); });
    f.newMail(3);
    CHECK(f.wire.submitted.size() == 2);
    f.advance(2 * kSecond);
    CHECK(f.wire.submitted.size() == 3);
    f.answer(2, 200);
    CHECK(f.wire.submitted.size() == 5);
}

TEST_CASE("an origin that fails holds up no other origin of the credential", "[lane]") {
    Fixture f;
    f.behaviour.encode = [](const provider::Push& push, provider::Encoded& encoded) {
        if (push.token != "1") encoded.origin = "https://other.example";
    };
    f.newMail(1);
    f.newMail(2);
    f.on([&] { f.wire.fail(0, engine::Failure::Connect); });
    f.answer(1, 200);
    f.newMail(2, 2);
    f.newMail(3);
    CHECK(f.sent() == "/1/2/2/3");
    f.advance(2 * kSecond);
    CHECK(f.sent() == "/1/2/2/3/1");
}

TEST_CASE("an origin without room holds up no other origin of the credential", "[lane]") {
    Fixture f;
    f.behaviour.encode = [](const provider::Push& push, provider::Encoded& encoded) {
        if (push.token == "1" || push.token == "2") encoded.origin = "https://slow.example";
    };
    f.newMail(9);
    f.newMail(1);
    f.wire.slots["https://slow.example"] = 0;
    f.newMail(2);
    f.newMail(3);
    CHECK(f.sent() == "/9/1/3");
    f.newMail(2, 2);
    CHECK(f.sent() == "/9/1/3");
    f.wire.slots["https://slow.example"] = 1;
    f.on([&] { f.wire.submitted[1].sink->ready(); });
    CHECK(f.sent() == "/9/1/3/2");
}
