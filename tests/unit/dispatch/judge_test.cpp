// SPDX-License-Identifier: Apache-2.0
#include "dispatch/verdict/judge.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/judge_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using Fixture = testing::JudgeBench;

TEST_CASE("a delivered push is settled, and its device is well", "[judge]") {
    Fixture f;
    for (int i = 0; i < 2; ++i) f.device(1).failed();
    f.answered(1, 200);
    CHECK(f.settledAs<store::Delivered>() == 1);
    CHECK_FALSE(f.queue.at(1).waiting[0].pending());
    CHECK(f.queue.at(1).failures() == 0);
    CHECK(f.guard.otherGoodSince(2, f.clock.steady() - std::chrono::seconds(1)));
    CHECK(f.queue.at(1).token.isProven());
    CHECK(f.events.proofs == std::vector<store::Id>{1});
    CHECK(f.notes == std::vector<std::string>{"delivered"});
}

TEST_CASE("a push that is to be retried stays pending, and its device waits", "[judge]") {
    Fixture f;
    f.answered(1, 500);
    CHECK(f.events.settled.empty());
    CHECK(f.queue.at(1).waiting[0].pending());
    CHECK(f.queue.at(1).failures() == 1);
    CHECK(f.notBefore(1) > f.clock.steady());
    CHECK(f.notes == std::vector<std::string>{"retry: 500"});
}

TEST_CASE("a dead token retires the device and what was pending for it", "[judge]") {
    Fixture f;
    f.answered(1, 410);
    CHECK(f.settledAs<store::DeviceDead>() == 1);
    CHECK(f.queue.at(1).waiting.empty());
}

TEST_CASE("a token that was replaced during the flight is not retired", "[judge]") {
    Fixture f;
    const Flight sent = f.flight(1);
    f.events.targets[1].token_at = f.clock.wall();
    engine::Answer answer;
    answer.status = 410;
    f.judge.answered(f.channel, f.device(1), sent, answer, f.now());
    CHECK(f.settledAs<store::DeviceDead>() == 0);
    CHECK(f.queue.at(1).waiting[0].pending());
}

TEST_CASE("a refused credential is paused with the network's word", "[judge]") {
    Fixture f;
    f.answered(1, 403);
    CHECK(f.guard.pausedReason() == "403");
    CHECK(f.behaviour.renewed_authorizations == 1);
    CHECK(f.events.settled.empty());
}

TEST_CASE("an authorization that is refused is dropped once, then the credential is paused",
          "[judge]") {
    Fixture f;
    const std::size_t before = f.logLines("clock right?");
    f.answered(1, 401);
    CHECK(f.behaviour.dropped_authorizations == 1);
    CHECK_FALSE(f.guard.paused());
    CHECK(f.guard.state().authorization_refused == "401");
    CHECK(f.logLines("clock right?") == before + 1);
    f.answered(1, 401);
    CHECK(f.guard.paused());
}

TEST_CASE("of many pushes with a refused authorization the first pauses, the rest change nothing",
          "[judge]") {
    Fixture f;
    f.answered(1, 401);
    f.answered(2, 401);  // with the authorization that was made anew
    REQUIRE(f.guard.paused());
    const std::size_t alarms = f.logLines("clock right?");
    for (store::Id id = 3; id <= 5; ++id) f.answered(id, 401);
    CHECK(f.behaviour.dropped_authorizations == 1);
    CHECK(f.behaviour.renewed_authorizations == 1);
    CHECK(f.logLines("clock right?") == alarms);
    CHECK(f.guard.state().authorization_refused.empty());
}

TEST_CASE("a busy push network does not mean that the authorization is accepted", "[judge]") {
    Fixture f;
    f.answered(1, 401);
    f.answered(2, 503);
    CHECK(f.guard.reauthorizing());
    f.answered(3, 401);
    CHECK(f.guard.paused());
}

TEST_CASE("a credential that cannot be authorized is paused", "[judge]") {
    Fixture f;
    f.judge.authorizationRefused(f.channel, {}, f.now());
    CHECK(f.guard.pausedReason() == "no authorization");
}

TEST_CASE("an answer to a superseded upload says nothing of the new one", "[judge][row:RULE-7]") {
    Fixture f;
    f.channel.supersede();
    f.answered(1, 403);
    CHECK_FALSE(f.guard.paused());
    CHECK(f.queue.at(1).waiting[0].pending());
    f.answered(1, 200);
    CHECK(f.settledAs<store::Delivered>() == 1);
}

TEST_CASE("whether a superseded upload's push was delivered is its own provider's word",
          "[judge][row:RULE-7]") {
    Fixture f;
    f.behaviour.classify = [](provider::Outcome& outcome) {
        outcome.result = provider::Outcome::Result::Retry;
    };
    f.channel.supersede();
    f.answered(1, 200);
    CHECK(f.events.settled.empty());
    CHECK(f.queue.at(1).waiting[0].pending());
}

TEST_CASE("an origin that cannot be reached closes its gate, and an answer opens it", "[judge]") {
    Fixture f;
    f.unanswered(1, engine::Failure::Connect);
    CHECK(f.destination.gate.failing());
    CHECK(f.destination.gate.lastFailure() == "no destination to host");
    CHECK(f.notes == std::vector<std::string>{"no answer: no destination to host"});
    f.answered(2, 200);
    CHECK_FALSE(f.destination.gate.failing());
}

TEST_CASE("devices that waited for their origin are due when it works again", "[judge]") {
    Fixture f;
    f.unanswered(1, engine::Failure::Lost);
    CHECK(f.notBefore(1) > f.clock.steady());
    f.unanswered(2, engine::Failure::Connect);
    f.answered(3, 200);
    CHECK(f.notBefore(1) == kAtOnce);
}

TEST_CASE("a network may ask for another connection, with any outcome and for a trial push too",
          "[judge]") {
    Fixture f;
    f.behaviour.classify = [](provider::Outcome& outcome) { outcome.new_connection = true; };
    SECTION("a push") {
        f.answered(1, GENERATE(200, 503));
    }
    SECTION("a trial push") {
        Flight trial = f.flight(1);
        trial.trial = 1;
        engine::Answer answer;
        answer.status = GENERATE(200, 503);
        answer.connection = 8;
        f.judge.trialAnswered(f.channel, trial, answer, f.now());
    }
    CHECK(f.wire.retired ==
          std::vector<std::pair<std::string, std::uint64_t>>{{"https://push.example", 8}});
}

TEST_CASE("a probe that fails gives up its connection", "[judge]") {
    Fixture f;
    Flight probe = f.flight(1);
    probe.probe_of.gate = true;
    engine::Answer answer;
    answer.failure = engine::Failure::Timeout;
    answer.connection = 8;
    f.judge.answered(f.channel, f.device(1), probe, answer, f.now());
    CHECK(f.wire.retired ==
          std::vector<std::pair<std::string, std::uint64_t>>{{"https://push.example", 8}});
}
