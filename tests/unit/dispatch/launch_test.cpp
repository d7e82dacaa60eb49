// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/launch.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/judge_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using Result = Launch::Result;

namespace {

struct Fixture : testing::JudgeBench {
    Flight push = flight(1);

    Launch launch() { return dispatch::launch(channel, journal, push, clock.steady()); }
    Launch launchWith(provider::Encoded::Result result) {
        behaviour.encode = [result](const provider::Push&, provider::Encoded& request) {
            request.result = result;
            request.problem = "it is too large";
        };
        return launch();
    }
};

}  // namespace

TEST_CASE("a push that nothing hinders is sent with the authorization in use", "[launch]") {
    Fixture f;
    const Launch launched = f.launch();
    CHECK(launched.result == Result::Sent);
    CHECK(launched.destination == &f.destination);
    CHECK(f.sent() == "/1");
    CHECK(f.channel.inFlight() == 1);
}

TEST_CASE("a closed gate holds up a push until it opens, and no trial push", "[launch]") {
    Fixture f;
    f.destination.gate.shutUntil(f.clock.steady() + std::chrono::minutes(1), "busy");
    SECTION("a push") {
        const Launch launched = f.launch();
        CHECK(launched.result == Result::GateClosed);
        CHECK(launched.gate_opens == f.clock.steady() + std::chrono::minutes(1));
        CHECK(f.sent().empty());
    }
    SECTION("the gate's probe") {
        f.clock.advance(std::chrono::minutes(1));
        CHECK(f.launch().result == Result::Sent);
        CHECK(f.destination.gate.admit(f.clock.steady()).until == kUntilAnswered);
    }
    SECTION("a trial push") {
        f.push.trial = 1;
        CHECK(f.launch().result == Result::Sent);
        CHECK(f.destination.gate.admit(f.clock.steady()).until != kUntilAnswered);
    }
}

TEST_CASE("a push waits for room on its connections, or for a pool", "[launch]") {
    Fixture f;
    f.wire.slots["https://push.example"] = 0;
    SECTION("for a slot") {
        CHECK(f.launch().result == Result::NoSlot);
    }
    SECTION("for a pool") {
        f.wire.slots.clear();
        for (std::size_t i = 1; i < Channel::kMaxUnprovenPools; ++i) {
            Destination* const other =
                f.channel.destination("https://" + std::to_string(i) + ".example");
            REQUIRE(other != nullptr);
            other->without_slot = {9};
        }
        f.destination.without_slot = {9};
        f.push.content.target.origin = "https://late.example";
        const Launch launched = f.launch();
        CHECK(launched.result == Result::NoPool);
        CHECK(launched.destination == nullptr);
    }
    CHECK(f.sent().empty());
}

TEST_CASE("for an origin that the device named and that may not be used, nothing is encoded",
          "[launch]") {
    Fixture f;
    f.behaviour.allows = [](std::string_view origin) { return origin != "https://bad.example"; };
    f.push.content.target.origin = "https://bad.example";
    const Launch launched = f.launch();
    CHECK(launched.result == Result::OriginForbidden);
    CHECK_THAT(launched.problem, Catch::Contains("https://bad.example"));
    CHECK(f.behaviour.encoded == 0);
}

TEST_CASE("a push that is not encoded is not sent, and the provider's sentence says why",
          "[launch]") {
    Fixture f;
    using Encoded = provider::Encoded::Result;
    CHECK(f.launchWith(Encoded::Later).result == Result::NotNow);
    CHECK(f.launchWith(Encoded::Never).result == Result::Never);
    CHECK(f.launchWith(Encoded::Defect).result == Result::Defect);
    CHECK(f.launchWith(Encoded::Never).problem == "it is too large");
    CHECK(f.launchWith(static_cast<Encoded>(99)).result == Result::Defect);
    CHECK(f.sent().empty());
}

TEST_CASE("a push that is encoded beside the loop is sent afterwards", "[launch]") {
    Fixture f;
    f.behaviour.encodes_beside_loop = true;
    CHECK(f.launch().result == Result::Encoding);
    CHECK(f.channel.encoding());
    CHECK(f.sent().empty());
}
