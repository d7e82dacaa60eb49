// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/push_sender.h"

#include <catch2/catch.hpp>

#include <optional>

#include "unit/dispatch/lane_world.h"

using namespace postbell;
using namespace postbell::dispatch;
using Sent = PushSender::Sent;

namespace {

struct Fixture final : testing::LaneParts, ChannelOwner {
    DeviceQueue queue{clock, around.settings.quiet_delay};
    PushJournal journal{push_metrics, store_trouble, log};
    SettlementWriter settlements{1, store::Environment::None, settle};
    Consequences consequences{{clock, events, queue, journal, settlements},
                              around.settings.retry_max};
    PushComposer composer{events, traces, around.life_clock_of, true};
    unsigned turn_count = 0;
    std::optional<Turns> turns;
    std::function<void(std::int32_t)> counted;
    std::optional<Channel> channel;
    std::optional<PushSender> sender;

    Fixture() {
        journal.names(directory.apps[1], "push");
        around.read_count = [this](const store::MailboxState&, util::RealTime, auto done) {
            counted = std::move(done);
        };
        channel.emplace(Channel::Upload{1, 1}, std::make_unique<testing::FakeSession>(behaviour),
                        CredentialGuard(), networks, around.open_connections, *this);
        turns.emplace(
            loop,
            [this] {
                ++turn_count;
                return kNever;
            },
            [](std::string_view) {});
        sender.emplace(
            PushSender::Parts{queue, composer, journal, consequences, *turns, around.note_outcome},
            clock, around.read_count);
    }
    ~Fixture() {
        on([this] { turns.reset(); });
    }
    void answered(Channel&, Flight, const engine::Answer&) override {}
    void encodingEnded(Channel& on_channel, Flight flight, provider::Encoded& request) override {
        sender->encodingEnded(on_channel, std::move(flight), request);
    }
    void ready(Channel&, Destination&) override {}
    CredentialGuard& guard() { return channel->guard(); }
    Device& device(store::Id id) {
        Device& device = queue.at(id);
        if (device.waiting.empty()) device.waiting.emplace_back(mail(id));
        return device;
    }
    Sent send(store::Id id, ProbeOf probe_of = {}) {
        Device& sent_to = device(id);
        const Sent sent = sender->send(*channel, sent_to, probe_of, now());
        queue.putBack(sent_to);
        return sent;
    }
};

}  // namespace

TEST_CASE("a push that leaves is in flight, and counted as an attempt", "[push_sender]") {
    Fixture f;
    CHECK(f.send(1) == Sent::Yes);
    CHECK(f.sent() == "/1");
    CHECK(f.queue.at(1).state() == Device::State::Busy);
    CHECK(f.queue.at(1).waiting[0].attempts == 1);
    CHECK(f.channel->inFlight() == 1);
}

TEST_CASE("the push of a paused credential is under way as its probe", "[push_sender]") {
    Fixture f;
    f.guard().pause("Forbidden", f.now());
    f.clock.advance(std::chrono::minutes(1));
    CHECK(f.send(1, {.guard = true}) == Sent::Yes);
    CHECK(f.guard().admit(f.now()).until == kUntilAnswered);
}

TEST_CASE("a push to an origin whose gate is closed waits for it", "[push_sender]") {
    Fixture f;
    f.channel->destination("https://push.example")
        ->gate.failed(f.clock.steady(), Gate::Failure::Sure, {}, "down");
    CHECK(f.send(1) == Sent::Waits);
    CHECK(f.sent().empty());
    CHECK(f.queue.at(1).notBefore() > f.clock.steady());
    CHECK(f.channel->destination("https://push.example")->waiters.ids == std::vector<store::Id>{1});
}

TEST_CASE("a push without a slot is due when the destination has one", "[push_sender]") {
    Fixture f;
    f.wire.slots["https://push.example"] = 0;
    CHECK(f.send(1) == Sent::Waits);
    CHECK(f.queue.at(1).state() == Device::State::WithoutSlot);
    CHECK(f.channel->destination("https://push.example")->without_slot ==
          std::vector<store::Id>{1});
}

TEST_CASE("a push that can never be encoded is dropped", "[push_sender]") {
    Fixture f;
    f.behaviour.encode = [](const provider::Push&, provider::Encoded& encoded) {
        encoded.result = provider::Encoded::Result::Never;
        encoded.problem = "it is too large";
    };
    CHECK(f.send(1) == Sent::Removed);
    CHECK(f.settledAs<store::Dropped>() == 1);
    CHECK(f.logged().find("it is too large") != std::string::npos);
}

TEST_CASE("a provider's defect delays the push and nothing else", "[push_sender]") {
    Fixture f;
    f.behaviour.encode = [](const provider::Push&, provider::Encoded& encoded) {
        encoded.result = provider::Encoded::Result::Defect;
        encoded.problem = "it broke the contract";
    };
    CHECK(f.send(1) == Sent::Waits);
    CHECK(f.queue.at(1).failures() == 0);
    CHECK(f.queue.at(1).waiting[0].set_aside_until > f.clock.steady());
    CHECK(f.queue.at(1).state() != Device::State::Busy);
    CHECK(f.queue.at(1).waiting[0].pending());
}

TEST_CASE("a store that is away delays the push, and is no failure of the device",
          "[push_sender]") {
    Fixture f;
    f.device(1);
    f.setStore(testing::Trouble::Away);
    CHECK(f.send(1) == Sent::Waits);
    CHECK(f.queue.at(1).failures() == 0);
    CHECK(f.queue.at(1).notBefore() > f.clock.steady());
}

TEST_CASE("a token that does not open keeps its push, and is not the log's to repeat",
          "[push_sender]") {
    Fixture f;
    f.device(1);
    f.setStore(testing::Trouble::Unopened);
    CHECK(f.send(1) == Sent::Waits);
    CHECK(f.queue.at(1).waiting[0].pending());
    CHECK(f.queue.at(1).notBefore() >= f.clock.steady() + std::chrono::minutes(1));
    CHECK(f.logged() == "");
}

TEST_CASE("a store that is away is asked again in real time", "[push_sender]") {
    Fixture f;
    f.clock.setSpeed(60);
    f.device(1);
    f.setStore(testing::Trouble::Away);
    CHECK(f.send(1) == Sent::Waits);
    CHECK(f.queue.at(1).notBefore() == f.clock.steady() + 60 * store::kStoreRetry);
}

TEST_CASE("a registration that is gone leaves nothing behind", "[push_sender]") {
    Fixture f;
    f.device(1);
    f.events.targets.clear();
    CHECK(f.send(1) == Sent::Removed);
    CHECK(f.queue.find(1) == nullptr);
}

TEST_CASE("a count is read before the push, and nothing else leaves for the device meanwhile",
          "[push_sender]") {
    Fixture f;
    store::Pending row = f.mail(1);
    row.count = store::kUnknownCount;
    f.events.targets[1].mailbox_state.id = 5;
    f.queue.at(1).waiting.emplace_back(row);
    CHECK(f.send(1) == Sent::Waits);
    REQUIRE(f.counted);
    CHECK(f.queue.at(1).state() == Device::State::Busy);

    SECTION("the count comes") {
        f.counted(42);
        f.on([] {});
        CHECK(f.queue.at(1).state() != Device::State::Busy);
        CHECK(f.queue.at(1).waiting[0].counted.count == 42);
        CHECK(f.turn_count == 1);
    }
    SECTION("the count comes after the lane is gone") {
        f.on([&] { f.turns.reset(); });
        f.counted(42);
        f.on([] {});
        CHECK(f.turn_count == 0);
    }
}

TEST_CASE("a push that is encoded beside the loop leaves when that is done", "[push_sender]") {
    Fixture f;
    f.behaviour.encodes_beside_loop = true;
    CHECK(f.send(1) == Sent::Encoding);
    CHECK(f.queue.at(1).state() == Device::State::Busy);
    f.behaviour.finish_encoding();
    CHECK(f.sent() == "/1");
}

TEST_CASE("what throws on the way leaves the device in the schedule", "[push_sender]") {
    Fixture f;
    const auto defect = [] { throw std::logic_error("no memory"); };
    f.device(1);
    SECTION("the encoder beside the loop") {
        f.behaviour.encodes_beside_loop = true;
        f.behaviour.begin_encoding = defect;
    }
    SECTION("the counter of a managed mailbox") {
        f.events.targets[1].mailbox_state.id = 5;
        store::Pending row = f.queue.at(1).waiting[0].row();
        row.count = store::kUnknownCount;
        f.queue.at(1).waiting.assign(1, Waiting(row));
        f.around.read_count = [&](const store::MailboxState&, util::RealTime, auto) { defect(); };
    }
    CHECK(f.send(1) == Sent::Waits);
    CHECK(f.queue.at(1).state() != Device::State::Busy);
    CHECK_FALSE(f.channel->encoding());
    CHECK(f.queue.nextDue() != kNever);
}

TEST_CASE("a probe that throws on its way to the encoder is no probe", "[push_sender]") {
    Fixture f;
    f.behaviour.encodes_beside_loop = true;
    f.behaviour.begin_encoding = [] { throw std::logic_error("no memory"); };
    f.guard().pause("Forbidden", f.now());
    f.clock.advance(std::chrono::minutes(1));
    CHECK(f.send(1, {.guard = true}) == Sent::Waits);
    CHECK(f.guard().admit(f.now()).until != kUntilAnswered);
}
