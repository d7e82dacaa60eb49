// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/channels.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <optional>

#include "support/eventually.h"
#include "support/failing_new.h"
#include "unit/dispatch/lane_world.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Owner final : ChannelOwner {
    void answered(Channel&, Flight, const engine::Answer&) override {}
    void encodingEnded(Channel&, Flight, provider::Encoded&) override {}
    void ready(Channel&, Destination&) override {}
};

struct Fixture : testing::LaneParts {
    PushJournal journal{push_metrics, store_trouble, log};
    Owner owner;
    unsigned opened = 0;
    std::atomic<unsigned> again = 0;
    std::optional<Channels> channels;

    Fixture() {
        channels.emplace(around, store::Environment::None, owner,
                         Channels::Hooks{[this] { ++opened; }, [] {}, [this] { ++again; }},
                         journal);
    }
    ~Fixture() {
        on([this] { channels.reset(); });
    }
    void load() {
        on([&] { channels->load(directory.apps[1], &networks); });
    }
    CredentialGuard& guard() { return channels->current()->guard(); }
    void send() {
        on([this] {
            Channel& channel = *channels->current();
            provider::Encoded push;
            channel.submit(*channel.destination("https://push.example"), push, Flight());
        });
    }
};

}  // namespace

TEST_CASE("a credential that there is no memory to use is opened again", "[channels]") {
    for (const std::size_t granted : {0u, 1u, 2u}) {
        Fixture f;
        f.load();
        f.renew();
        f.on([&] {
            f.channels->load(f.directory.apps[1], &f.networks);
            testing::failAllocations(granted, 1);
        });
        f.on([] { testing::endOfFailures(); });
        INFO("after " << granted);
        CHECK(f.comesTrue([&] {
            if (f.again > 0) f.channels->load(f.directory.apps[1], &f.networks);
            return f.channels->current() != nullptr &&
                   f.channels->current()->upload() == Channel::Upload{1, 2};
        }));
    }
}

TEST_CASE("the credential in use is opened once", "[channels]") {
    Fixture f;
    f.load();
    CHECK(f.channels->current()->upload() == Channel::Upload{1, 1});
    f.load();
    CHECK(f.opened == 1);
    CHECK(f.behaviour.open_sessions == 1);
}

TEST_CASE("a new authorization waits until it is durable, for a second at most",
          "[channels][row:APNS-11]") {
    Fixture f;
    f.load();
    unsigned kept = 0;
    f.on([&] { f.behaviour.hooks.keep({}, [&] { ++kept; }); });
    REQUIRE(f.credentials.authorizations_durable.size() == 1);
    CHECK(kept == 0);
    SECTION("durable") {
        f.on(f.credentials.authorizations_durable[0]);
        CHECK(kept == 1);
    }
    SECTION("the database is away") {
        CHECK(f.comesTrue([&] { return kept == 1; }));
    }
}

TEST_CASE("without a credential there is no channel", "[channels]") {
    Fixture f;
    f.credentials.all.clear();
    f.load();
    CHECK(f.channels->current() == nullptr);
    CHECK_FALSE(f.channels->stored());
}

TEST_CASE("a credential that the provider does not open is stored, and unusable", "[channels]") {
    Fixture f;
    f.credentials.all[0].content = "broken";
    f.load();
    CHECK(f.channels->current() == nullptr);
    CHECK(f.channels->stored());
    CHECK(f.logged().find("it is broken") != std::string::npos);
}

TEST_CASE("a credential whose secrets do not open is stored, and unusable", "[channels]") {
    Fixture f;
    f.load();
    f.credentials.trouble = testing::Trouble::Unopened;
    f.load();
    CHECK(f.channels->current() == nullptr);
    CHECK(f.channels->stored());
    CHECK(f.logged().find("row 1 does not open") != std::string::npos);
}

TEST_CASE("a credential that could not be opened is to be tried again", "[channels]") {
    Fixture f;
    f.credentials.all[0].content = "broken";
    f.load();
    CHECK(testing::eventually([&] { return f.again == 1; }));

    f.credentials.all[0].content = "key";
    f.load();
    CHECK(f.channels->current() != nullptr);
}

TEST_CASE("a renewed credential takes over, and the superseded one finishes its flights",
          "[channels][row:RULE-7]") {
    Fixture f;
    f.load();
    f.send();
    f.renew();
    f.load();
    CHECK(f.channels->current()->upload() == Channel::Upload{1, 2});
    CHECK(f.behaviour.retired_sessions == 1);
    CHECK(f.behaviour.open_sessions == 2);
    CHECK(f.channels->inFlight() == 1);

    f.on([&] {
        f.wire.answer(0, 200);
        f.channels->closeSupersededSoon();
    });
    CHECK(f.behaviour.open_sessions == 1);
    CHECK(f.channels->inFlight() == 0);
}

TEST_CASE("a credential comes with its stored guard, and a renewal of a paused one is probed",
          "[channels][row:RULE-7]") {
    Fixture f;
    store::GuardState& stored = f.credentials.all[0].guards[0];
    stored.paused_at = f.clock.wall();
    stored.paused_reason = "Forbidden";
    stored.probe_interval = std::chrono::minutes(8);
    stored.probe_at = f.clock.wall() + stored.probe_interval;
    f.load();
    CHECK(f.guard().pausedReason() == "Forbidden");
    CHECK(f.guard().admit(f.now()).kind == Admission::Kind::WaitUntil);
    f.renew();
    f.load();
    CHECK(f.guard().admit(f.now()).kind == Admission::Kind::Probe);
}

TEST_CASE("an upload is opened beside the loop, and the one before it in use until then",
          "[channels]") {
    Fixture f;
    f.load();
    f.behaviour.opens_beside_loop = true;
    f.renew();
    f.load();
    CHECK(f.channels->opening());
    CHECK(f.channels->current()->upload() == Channel::Upload{1, 1});

    SECTION("it takes over") {
        f.on(f.behaviour.finish_opening);
        CHECK_FALSE(f.channels->opening());
        CHECK(f.channels->current()->upload() == Channel::Upload{1, 2});
    }
    SECTION("it is not opened a second time") {
        f.behaviour.opens_beside_loop = false;
        f.load();
        CHECK(f.opened == 1);
    }
    SECTION("an upload that came later is the one that counts") {
        const auto finish_earlier = f.behaviour.finish_opening;
        f.renew();
        f.load();
        f.on(f.behaviour.finish_opening);
        f.on(finish_earlier);
        CHECK(f.channels->current()->upload() == Channel::Upload{1, 3});
        CHECK(f.behaviour.open_sessions == 1);
    }
    SECTION("a credential that is removed meanwhile is not used") {
        f.credentials.all.clear();
        f.load();
        f.on(f.behaviour.finish_opening);
        CHECK(f.channels->current() == nullptr);
        CHECK_FALSE(f.channels->opening());
    }
    SECTION("the lane may end meanwhile") {
        f.on([&] { f.channels.reset(); });
        f.on(f.behaviour.finish_opening);
        CHECK(f.behaviour.open_sessions == 0);
    }
}
