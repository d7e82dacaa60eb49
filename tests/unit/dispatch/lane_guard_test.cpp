// SPDX-License-Identifier: Apache-2.0
// A lane whose credential is refused, paused or renewed.
#include <catch2/catch.hpp>

#include "unit/dispatch/lane_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using Fixture = testing::LaneBench;

namespace {

constexpr std::chrono::seconds kSecond{1};

}  // namespace

TEST_CASE("the third different suspect pauses the credential, and a probe opens it",
          "[lane][row:RULE-3][row:RULE-5]") {
    Fixture f;
    for (store::Id device = 1; device <= 3; ++device) f.newMailToProven(device);
    for (std::size_t i = 0; i < 3; ++i) f.answer(i, 400);
    CHECK(f.pausedReason() == "400");
    CHECK(f.logged().find("its pushes are paused") != std::string::npos);
    CHECK_FALSE(f.credentials.guards.empty());

    f.newMail(4);
    f.advance(30 * kSecond);
    CHECK(f.wire.submitted.size() == 3);
    f.advance(30 * kSecond);
    REQUIRE(f.wire.submitted.size() == 4);  // one probe, and nothing else
    CHECK(f.sent() != "/1/2/3/4");          // a witness
    f.answer(3, 200);
    CHECK(f.pausedReason().empty());
    CHECK(f.wire.submitted.size() == 7);  // everything is due
}

TEST_CASE("made-up tokens pause nothing, and a phone is pushed to at once", "[lane][row:RULE-2]") {
    Fixture f;
    for (store::Id device = 1; device <= 20; ++device) f.newMail(device);
    for (std::size_t i = 0; i < 20; ++i) f.answer(i, 400);
    CHECK(f.pausedReason().empty());
    const std::string before = f.sent();
    f.newMailToProven(21);
    CHECK(f.sent() == before + "/21");

    f.advance(600 * kSecond);
    CHECK(f.wire.submitted.size() == 22);  // one of those whose wait is over
    f.newMailToProven(22);
    CHECK(f.wire.submitted.size() == 23);
    f.advance(util::Milliseconds(250));
    CHECK(f.wire.submitted.size() == 24);
}

TEST_CASE("a token that was called foreign before the start stands back", "[lane][row:GUARD-1]") {
    Fixture f;
    for (store::Id device = 1; device <= 5; ++device) {
        const store::Pending row = f.mail(device);
        f.events.targets[device].first_foreign_at = f.clock.wall() - std::chrono::hours(1);
        f.changed(row);
    }
    f.newMail(6);
    CHECK(f.sent() == "/1/6");
    f.advance(util::Milliseconds(250));
    CHECK(f.sent() == "/1/6/2");
}

TEST_CASE("after a renewal tokens that were called foreign are due at once", "[lane][row:RULE-7]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.answer(0, 400);
    f.answer(1, 400);
    REQUIRE(f.sent() == "/1/2");
    f.on([&] {
        f.renew();
        f.lane->reloadCredential();
    });
    CHECK((f.sent() == "/1/2/1/2" || f.sent() == "/1/2/2/1"));
}

TEST_CASE("a credential that is refused is paused, and a renewed one probed at once",
          "[lane][row:RULE-4][row:RULE-7]") {
    Fixture f;
    f.newMail(1);
    f.answer(0, 403);
    CHECK(f.pausedReason() == "403");
    f.on([&] {
        f.renew();
        f.lane->reloadCredential();
    });
    REQUIRE(f.sent() == "/1/1");
    f.answer(1, 200);
    CHECK(f.pausedReason().empty());
    CHECK(f.settledAs<store::Delivered>() == 1);
}

TEST_CASE("a credential that is renewed right before a restart is probed at once after it",
          "[lane][row:RULE-7][row:GUARD-1]") {
    Fixture f;
    f.newMail(1);
    f.answer(0, 403);
    REQUIRE(f.pausedReason() == "403");
    f.on([&] { f.lane.reset(); });
    f.renew();
    f.open();
    f.newMail(1);
    CHECK(f.sent() == "/1/1");
}

TEST_CASE("a superseded channel lives until its last flight is answered", "[lane][row:RULE-7]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.on([&] {
        f.renew();
        f.lane->reloadCredential();
    });
    CHECK(f.wire.open == 1);
    CHECK(f.behaviour.open_sessions == 2);
    f.answer(0, 403);  // says nothing of the new upload
    CHECK(f.pausedReason().empty());
    CHECK(f.behaviour.open_sessions == 2);
    CHECK(f.sent() == "/1/2/1");
    f.answer(1, 200);
    CHECK(f.settledAs<store::Delivered>() == 1);
    CHECK(f.behaviour.open_sessions == 1);
    CHECK(f.wire.open == 1);
}

TEST_CASE("an answer to an authorization of before drops no newer one", "[lane][row:RULE-4]") {
    Fixture f;
    f.newMail(1);
    f.behaviour.authorization_number = 2;  // had meanwhile
    f.answer(0, 401);
    CHECK(f.behaviour.dropped_authorizations == 0);
    CHECK(f.pausedReason().empty());
    CHECK(f.sent() == "/1/1");
}

TEST_CASE("an authorization that is refused is made anew once, then the credential is paused",
          "[lane][row:RULE-4]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.answer(0, 401);
    CHECK(f.behaviour.dropped_authorizations == 1);
    CHECK(f.sent() == "/1/2/1");
    f.answer(1, 401);  // was sent with the authorization that is dropped already
    CHECK(f.behaviour.dropped_authorizations == 1);
    CHECK(f.pausedReason().empty());
    f.answer(2, 401);
    CHECK(f.pausedReason() == "401");
}

TEST_CASE("a slow-down is no alarm any more once its pause is over and nothing waits",
          "[lane][row:RETRY-8]") {
    Fixture f;
    f.behaviour.classify = [](provider::Outcome& outcome) {
        outcome.scope = provider::Outcome::Scope::Credential;
        outcome.retry_after = std::chrono::minutes(1);
    };
    const auto alarm = [&] { return f.credentials.all[0].guards[0].slowed_down; };
    f.newMail(1);
    f.answer(0, 429);
    REQUIRE(alarm() == "429");
    f.events.targets.clear();  // its registration was removed
    SECTION("while the gateway runs") {
        f.advance(30 * kSecond);
        CHECK(alarm() == "429");
        f.advance(30 * kSecond);
    }
    SECTION("over a restart") {
        f.on([&] { f.lane.reset(); });
        f.open();
    }
    CHECK(alarm().empty());
    CHECK(f.sent() == "/1");
}

TEST_CASE("a refused authorization is no alarm any more once nothing waits for another",
          "[lane][row:RULE-4]") {
    Fixture f;
    f.newMail(1);
    f.behaviour.authorized = Session::Authorized::Pending;
    f.answer(0, 401);
    const auto alarm = [&] { return f.credentials.all[0].guards[0].authorization_refused; };
    REQUIRE(alarm() == "401");
    f.events.targets.clear();  // its registration was removed
    f.behaviour.authorized = Session::Authorized::Yes;
    f.advance(kSecond);
    CHECK(alarm().empty());
    CHECK(f.pausedReason().empty());
}

TEST_CASE("while no authorization can be had the lane waits, and does not ask again and again",
          "[lane]") {
    Fixture f;
    f.behaviour.authorized = Session::Authorized::Pending;
    f.behaviour.retry_at = f.clock.steady() + std::chrono::minutes(20);
    f.newMail(1);
    const unsigned asked = f.behaviour.asked_to_authorize;
    f.on([] {});
    CHECK(f.behaviour.asked_to_authorize == asked);
    CHECK(f.sent().empty());

    f.behaviour.authorized = Session::Authorized::Yes;
    f.advance(std::chrono::minutes(20));
    CHECK(f.sent() == "/1");
}

TEST_CASE("a token endpoint that fails is told, and so is its end", "[lane]") {
    Fixture f;
    f.behaviour.authorized = Session::Authorized::Pending;
    f.behaviour.retry_at = f.clock.steady() + std::chrono::minutes(1);
    f.newMail(1);
    f.on([&] { f.behaviour.hooks.on_authorized(); });
    CHECK(f.authorizationFailing());
    CHECK(f.authorization_troubles.find(1) == "no authorization");
    CHECK(f.logged().find("gets no authorization") != std::string::npos);

    f.behaviour.authorized = Session::Authorized::Yes;
    f.behaviour.authorization_number = 2;
    f.advance(std::chrono::minutes(1));
    CHECK(f.sent() == "/1");
    CHECK_FALSE(f.authorizationFailing());
    CHECK(f.authorization_troubles.find(1).empty());
    CHECK(f.logged().find("gets its authorization") != std::string::npos);
}
