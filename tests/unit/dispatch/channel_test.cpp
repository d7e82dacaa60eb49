// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/channel.h"

#include <catch2/catch.hpp>

#include "support/failing_new.h"
#include "unit/dispatch/fake_networks.h"
#include "unit/dispatch/fake_wire.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Owner final : ChannelOwner {
    std::vector<store::Id> answered_devices;
    std::vector<engine::Failure> failures;
    unsigned ready_calls = 0, encoded_calls = 0;
    void answered(Channel&, Flight flight, const engine::Answer& answer) override {
        answered_devices.push_back(flight.device);
        failures.push_back(answer.failure);
    }
    void encodingEnded(Channel&, Flight, provider::Encoded&) override { ++encoded_calls; }
    void ready(Channel&, Destination&) override { ++ready_calls; }
};

struct Fixture {
    testing::FakeNetworks network;
    testing::Behaviour& behaviour = network.behaviour;
    testing::Wire wire;
    const ConnectionOpener opener = wire.opener();
    Owner owner;
    Channel channel{{1, 1}, std::make_unique<testing::FakeSession>(behaviour), {}, network, opener,
                    owner};

    static std::string origin(std::size_t number) {
        return "https://" + std::to_string(number) + ".example";
    }
    Destination& send(const std::string& origin, store::Id device) {
        Destination* found = channel.destination(origin);
        REQUIRE(found != nullptr);
        Destination& destination = *found;
        REQUIRE(channel.slots(destination) > 0);
        Flight flight;
        flight.device = device;
        flight.sent = util::realNow();
        provider::Encoded push;
        push.path = "/x";
        channel.submit(destination, push, std::move(flight));
        return destination;
    }
};

}  // namespace

TEST_CASE("pushes to one origin share a destination and its connections", "[channel]") {
    Fixture f;
    CHECK(f.channel.soleDestination() == nullptr);
    Destination& first = f.send("https://a.example", 1);
    CHECK(&f.send("https://a.example", 2) == &first);
    CHECK(f.channel.soleDestination() == &first);
    CHECK(f.wire.open == 1);
    CHECK(f.channel.inFlight() == 2);
}

TEST_CASE("an answer comes back with its flight", "[channel]") {
    Fixture f;
    f.send("https://a.example", 1);
    f.send("https://b.example", 2);
    CHECK(f.channel.soleDestination() == nullptr);
    f.wire.answer(1, 200);
    f.wire.answer(0, 200);
    CHECK(f.owner.answered_devices == std::vector<store::Id>{2, 1});
    CHECK(f.channel.inFlight() == 0);
}

TEST_CASE("an origin that may not be used, or is none, opens nothing", "[channel]") {
    Fixture f;
    f.behaviour.allows = [](std::string_view origin) { return origin != "https://evil.example"; };
    CHECK_THROWS_WITH(f.channel.destination("https://evil.example"),
                      Catch::Contains("https://evil.example"));
    CHECK_THROWS(f.channel.destination("http://plain.example"));
    CHECK_THROWS(f.channel.destination(""));
    CHECK(f.wire.open == 0);
    f.send("https://good.example", 1);
    CHECK(f.channel.soleDestination() != nullptr);
}

TEST_CASE("new origins have half of the pools, and the idle one that was used least makes room",
          "[channel]") {
    Fixture f;
    for (std::size_t i = 0; i < Channel::kMaxUnprovenPools; ++i) f.send(Fixture::origin(i), 1);
    CHECK_FALSE(f.channel.hasRoom(Standing::Unproven));
    CHECK(f.channel.hasRoom(Standing::Prompt));
    CHECK(f.channel.destination("https://late.example") == nullptr);

    // It failed, so that it is none that answers.
    f.wire.fail(7, engine::Failure::Timeout);
    f.wire.fail(3, engine::Failure::Timeout);
    f.send("https://late.example", 2);
    CHECK(f.channel.destination(Fixture::origin(3))->pool == nullptr);
    CHECK(f.channel.destination(Fixture::origin(7))->pool != nullptr);
    CHECK(f.wire.open == Channel::kMaxUnprovenPools);
}

TEST_CASE("origins that hang keep none that answers from its pool", "[channel]") {
    Fixture f;
    f.send("https://works.example", 1);
    f.wire.answer(0, 200);
    for (std::size_t i = 0; i < Channel::kMaxUnprovenPools; ++i) f.send(Fixture::origin(i), 1);
    f.send("https://works.example", 1);
    f.wire.answer(Channel::kMaxUnprovenPools + 1, 200);
    CHECK(f.channel.destination("https://late.example") == nullptr);
    CHECK(f.channel.destination("https://works.example")->pool != nullptr);
}

TEST_CASE("of origins that answer, the idle one that was used least recently makes room",
          "[channel]") {
    Fixture f;
    std::size_t sent = 0;
    const auto deliver = [&](std::size_t number) {
        f.send(Fixture::origin(number), 1);
        f.wire.answer(sent++, 200);
    };
    for (std::size_t i = 0; i < Channel::kMaxPools; ++i) deliver(i);
    deliver(0);
    CHECK(f.wire.open == Channel::kMaxPools);
    f.send("https://late.example", 2);
    CHECK(f.wire.open == Channel::kMaxPools);
    CHECK(f.channel.destination(Fixture::origin(0))->pool != nullptr);
    CHECK(f.channel.destination(Fixture::origin(1))->pool == nullptr);

    f.send(Fixture::origin(1), 2);
    CHECK(f.channel.destination(Fixture::origin(2))->pool == nullptr);
    CHECK(f.wire.open == Channel::kMaxPools);
}

TEST_CASE("gates are bounded, and those that fail are remembered longest", "[channel]") {
    Fixture f;
    f.send(Fixture::origin(0), 1);
    f.wire.answer(0, 200);
    CHECK(f.channel.destination(Fixture::origin(0))->standing == Standing::Prompt);
    f.channel.destination("https://fails.example")
        ->gate.failed({}, Gate::Failure::Sure, {}, "refused");
    for (std::size_t i = 1; i < Channel::kMaxDestinations + 100; ++i)
        f.channel.destination(Fixture::origin(i));
    CHECK(f.channel.destination("https://fails.example")->gate.failing());
    CHECK(f.channel.destination(Fixture::origin(0))->standing == Standing::Unproven);  // forgotten
}

TEST_CASE("what closed pools counted is not forgotten", "[channel]") {
    Fixture f;
    for (std::size_t i = 0; i < Channel::kMaxPools + 5; ++i) {
        f.send(Fixture::origin(i), 1);
        f.wire.answer(i, 200);
    }
    CHECK(f.channel.stats().connects == Channel::kMaxPools + 5);
    CHECK(f.channel.stats().connected == Channel::kMaxPools);
}

TEST_CASE("a channel that drains takes no more pushes", "[channel]") {
    Fixture f;
    Destination& destination = f.send("https://a.example", 1);
    f.channel.drain();
    CHECK(f.channel.slots(destination) == 0);
    f.wire.answer(0, 200);
    CHECK(f.owner.answered_devices.size() == 1);
}

TEST_CASE("an authorization goes to no server that only a device named", "[channel]") {
    Fixture f;
    f.behaviour.authorization.name = "authorization";
    f.behaviour.authorization.value = "bearer secret";
    SECTION("not to one that a device named") {
        f.behaviour.device_named = true;
        f.send("https://a.example", 1);
        CHECK(f.wire.submitted[0].headers == 0);
    }
    SECTION("to the network's own") {
        f.send("https://a.example", 1);
        CHECK(f.wire.submitted[0].headers == 1);
    }
}

TEST_CASE("an answer that comes while a push is encoded waits for the encoder", "[channel]") {
    Fixture f;
    f.behaviour.encodes_beside_loop = true;
    f.send("https://a.example", 1);
    Flight encoding;
    encoding.content.target.app = std::make_shared<const store::App>();
    f.channel.encodeBesideLoop(std::move(encoding));
    f.wire.answer(0, 200);
    CHECK(f.owner.answered_devices.empty());
    CHECK(f.channel.inFlight() == 2);
    f.behaviour.finish_encoding();
    CHECK(f.owner.encoded_calls == 1);
    CHECK(f.owner.answered_devices == std::vector<store::Id>{1});
    CHECK(f.channel.inFlight() == 0);
}

TEST_CASE("an answer that there is no memory to keep is lost, and its push lands", "[channel]") {
    for (std::size_t granted = 0, short_of = 1; short_of != 0; ++granted) {
        Fixture f;
        f.behaviour.encodes_beside_loop = true;
        f.send("https://a.example", 1);
        Flight encoding;
        encoding.content.target.app = std::make_shared<const store::App>();
        f.channel.encodeBesideLoop(std::move(encoding));
        f.owner.answered_devices.reserve(1);
        f.owner.failures.reserve(1);
        testing::failAllocations(granted, 1);
        f.wire.answer(0, 200);
        short_of = testing::endOfFailures();
        f.behaviour.finish_encoding();
        INFO("after " << granted);
        CHECK(f.owner.answered_devices == std::vector<store::Id>{1});
        CHECK(f.owner.failures[0] ==
              (short_of != 0 ? engine::Failure::Lost : engine::Failure::None));
        CHECK(f.channel.inFlight() == 0);
    }
}
