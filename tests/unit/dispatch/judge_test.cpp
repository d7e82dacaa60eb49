// SPDX-License-Identifier: Apache-2.0
#include "dispatch/judge.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/lane_world.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Owner final : ChannelOwner {
    void answered(Channel&, Flight, const engine::Answer&) override {}
    void encoded(Channel&, Flight, provider::Encoded&) override {}
    void ready(Channel&, Destination&) override {}
};

struct Fixture : testing::LaneParts {
    DeviceQueue queue{clock, around.settings.quiet_delay};
    PushJournal journal{push_metrics, store_trouble, log};
    Settlements settlements{1, store::Environment::None, settle};
    Consequences consequences{{clock, events, queue, journal, settlements},
                              around.settings.retry_max};
    Judge judge{{journal, consequences, around.note_outcome}};
    Owner owner;
    Channel channel{{1, 1},
                    std::make_unique<testing::FakeSession>(behaviour),
                    {},
                    networks,
                    around.open_connections,
                    owner};
    CredentialGuard& guard = channel.guard();
    Destination& destination = *channel.destination("https://push.example");

    Fixture() { journal.names(directory.apps[1], "push"); }

    Device& device(store::Id id) {
        Device& device = queue.at(id);
        if (device.waiting.empty()) device.waiting.emplace_back(mail(id));
        return device;
    }
    Flight flight(store::Id id) {
        Flight flight;
        flight.device = id;
        flight.generation = device(id).waiting[0].row().generation;
        flight.destination = &destination;
        flight.content.target = events.targets[id];
        flight.authorization = channel.authorizationInUse();
        return flight;
    }
    /// The device was delivered to before the gateway started.
    void proven(store::Id id) {
        device(id);
        events.targets[id].registration.device_proven_at = clock.wall() - std::chrono::hours(1);
    }
    void answered(store::Id id, int status, bool current = true) {
        engine::Answer answer;
        answer.status = status;
        answer.connection = 8;
        judge.answered(channel, current, device(id), flight(id), answer, now());
    }
    void unanswered(store::Id id, engine::Failure failure) {
        engine::Answer answer;
        answer.failure = failure;
        answer.detail = "no destination to host";
        judge.answered(channel, true, device(id), flight(id), answer, now());
    }
    util::SteadyTime notBefore(store::Id id) { return queue.at(id).not_before; }
};

}  // namespace

TEST_CASE("a delivered push is settled, and its device is well", "[judge]") {
    Fixture f;
    f.device(1).failures = 2;
    f.answered(1, 200);
    CHECK(f.settledAs<store::Delivered>() == 1);
    CHECK_FALSE(f.queue.at(1).waiting[0].pending());
    CHECK(f.queue.at(1).failures == 0);
    CHECK(f.guard.otherGoodSince("2", f.clock.steady() - std::chrono::seconds(1)));
    CHECK(f.queue.at(1).isProven());
    CHECK(f.events.proofs == std::vector<store::Id>{1});
    CHECK(f.notes == std::vector<std::string>{"delivered"});
}

TEST_CASE("a push that is to be retried stays pending, and its device waits", "[judge]") {
    Fixture f;
    f.answered(1, 500);
    CHECK(f.events.settled.empty());
    CHECK(f.queue.at(1).waiting[0].pending());
    CHECK(f.queue.at(1).failures == 1);
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
    f.judge.answered(f.channel, true, f.device(1), sent, answer, f.now());
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
    f.judge.authorizationRefused(f.channel, false, f.now());
    CHECK(f.guard.pausedReason() == "no authorization");
}

TEST_CASE("an answer to a superseded upload says nothing of the new one", "[judge][row:GUARD-6]") {
    Fixture f;
    f.answered(1, 403, false);
    CHECK_FALSE(f.guard.paused());
    CHECK(f.queue.at(1).waiting[0].pending());
    f.answered(1, 200, false);
    CHECK(f.settledAs<store::Delivered>() == 1);
}

TEST_CASE("whether a superseded upload's push was delivered is its own provider's word",
          "[judge][row:GUARD-6]") {
    Fixture f;
    f.behaviour.classify = [](provider::Outcome& outcome) {
        outcome.result = provider::Outcome::Result::Retry;
    };
    f.answered(1, 200, false);
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
        f.judge.trialAnswered(f.channel, true, trial, answer, f.now());
    }
    CHECK(f.wire.retired ==
          std::vector<std::pair<std::string, std::uint64_t>>{{"https://push.example", 8}});
}

TEST_CASE("a passing trouble at the push network kills no witness", "[judge][row:GUARD-2]") {
    Fixture f;
    for (store::Id id = 1; id <= 5; ++id) f.answered(id, 200);
    f.clock.advance(std::chrono::seconds(10));
    for (store::Id id = 1; id <= 3; ++id) f.answered(id, 400);
    CHECK(f.settledAs<store::DeviceDead>() == 0);
    CHECK(f.guard.paused());
    f.answered(4, 400);
    CHECK(f.settledAs<store::DeviceDead>() == 0);
}

TEST_CASE("a witness is dead when it is foreign again after another was delivered to",
          "[judge][row:GUARD-2]") {
    Fixture f;
    f.proven(1);
    f.answered(2, 200);
    f.clock.advance(std::chrono::seconds(10));
    f.answered(1, 400);
    f.clock.advance(std::chrono::minutes(1));
    SECTION("another device") {
        f.answered(2, 200);
        f.clock.advance(std::chrono::minutes(1));
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 1);
        CHECK(f.journal.deaths() == 1);
    }
    SECTION("none in between") {
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
    }
    SECTION("the device itself") {
        f.answered(1, 200);
        f.answered(2, 200);
        f.clock.advance(std::chrono::minutes(1));
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
    }
}

TEST_CASE("a token that was never delivered to is dead at the third word", "[judge][row:GUARD-8]") {
    Fixture f;
    f.answered(2, 200);
    for (int word = 0; word < 2; ++word) {
        f.clock.advance(std::chrono::hours(1));
        f.answered(1, 400);
    }
    CHECK(f.notBefore(1) == f.clock.steady() + std::chrono::minutes(20));
    CHECK(f.settledAs<store::FirstForeign>() >= 1);
    f.clock.advance(std::chrono::hours(1));
    SECTION("another was delivered to in between") {
        f.answered(2, 200);
        f.clock.advance(std::chrono::seconds(1));
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 1);
    }
    SECTION("none was") {
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
    }
}

TEST_CASE("made-up tokens neither pause a credential nor speak for it", "[judge][row:GUARD-8]") {
    Fixture f;
    for (store::Id id = 1; id <= 10; ++id) f.answered(id, 400);
    CHECK_FALSE(f.guard.paused());
    CHECK(f.guard.state().suspects.empty());
    f.guard.pause("403", f.now());
    f.answered(11, 410);
    CHECK(f.guard.paused());
}

TEST_CASE("that nobody was delivered to yet is an alarm at the third foreign token",
          "[judge][row:GUARD-9]") {
    Fixture f;
    for (store::Id id = 1; id <= 2; ++id) f.answered(id, 400);
    const std::size_t before = f.logLines(store::kDoubtfulCredential);
    for (store::Id id = 3; id <= 5; ++id) f.answered(id, 400);
    CHECK(f.guard.state().isDoubtful());
    CHECK(f.logLines(store::kDoubtfulCredential) == before + 1);
    f.answered(6, 200);
    CHECK_FALSE(f.guard.state().isDoubtful());
}

TEST_CASE("a word of before the upload in use is not counted", "[judge][row:GUARD-6]") {
    Fixture f;
    f.guard = CredentialGuard({}, f.clock.wall(), false, f.now());
    f.device(1);
    f.events.targets[1].first_foreign_at = f.clock.wall() - std::chrono::hours(200);
    f.answered(1, 400);
    CHECK(f.settledAs<store::FirstForeign>() == 1);
}

TEST_CASE("that a device was delivered to is stored once a day", "[judge]") {
    Fixture f;
    f.answered(1, 200);
    CHECK(f.events.proofs.size() == 1);
    f.events.targets[1].registration.device_proven_at = f.clock.wall();
    f.clock.advance(std::chrono::hours(23));
    f.answered(1, 200);
    CHECK(f.events.proofs.size() == 1);
    f.clock.advance(std::chrono::hours(1));
    f.answered(1, 200);
    CHECK(f.events.proofs.size() == 2);
}

TEST_CASE("a probe that fails gives up its connection", "[judge]") {
    Fixture f;
    Flight probe = f.flight(1);
    probe.gate_probe = true;
    engine::Answer answer;
    answer.failure = engine::Failure::Timeout;
    answer.connection = 8;
    f.judge.answered(f.channel, true, f.device(1), probe, answer, f.now());
    CHECK(f.wire.retired ==
          std::vector<std::pair<std::string, std::uint64_t>>{{"https://push.example", 8}});
}
