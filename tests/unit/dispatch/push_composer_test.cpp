// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/push_composer.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/lane_world.h"

using namespace postbell;
using namespace postbell::dispatch;
using Result = PushComposer::Result;

namespace {

struct Fixture : testing::LaneParts {
    PushComposer composer{events, traces, around.life_clock_of, true};
    Device device{1, 1};
    Flight flight;

    explicit Fixture() { device.waiting.emplace_back(mail(1, 4)); }
    Waiting& waiting() { return device.waiting.front(); }
    store::PushTarget& target() { return events.targets[1]; }
    Result compose(PushComposer::UnknownCount unknown = PushComposer::UnknownCount::ReadFirst) {
        flight = {};
        return composer.compose(device, waiting(), unknown, clock.wall(), flight);
    }
    /// The registration's row is replaced by one of unknown count, in a mailbox that can be
    /// counted.
    void countUnknown() {
        store::Pending row = mail(1, 4);
        row.count = store::kUnknownCount;
        target().mailbox_state.id = 9;
        device.waiting = {Waiting(row)};
    }
};

}  // namespace

TEST_CASE("a push says what its row says", "[push_composer]") {
    Fixture f;
    REQUIRE(f.compose() == Result::Ready);
    CHECK(f.flight.device == 1);
    CHECK(f.flight.generation == 4);
    CHECK(f.flight.trace == f.waiting().trace(Part::Mail));
    CHECK(f.flight.content.part == Part::Mail);
    CHECK(f.flight.content.new_mail);
    CHECK(f.flight.content.count == 3);
    CHECK(f.flight.content.badge == 3);
    CHECK(f.flight.content.target.token == "1");
}

TEST_CASE("every attempt has the same push id, and its own number", "[push_composer]") {
    Fixture f;
    REQUIRE(f.compose() == Result::Ready);
    const std::string id = f.flight.content.id;
    CHECK(f.flight.content.attempt == 1);
    f.waiting().attempts = 1;
    REQUIRE(f.compose() == Result::Ready);
    CHECK(f.flight.content.id == id);
    CHECK(f.flight.content.attempt == 2);
}

TEST_CASE("what was pending before the start is traced from here on", "[push_composer]") {
    Fixture f;
    f.waiting().setTrace(Part::Mail, 0);
    REQUIRE(f.compose() == Result::Ready);
    CHECK(f.flight.trace != 0);
    CHECK(f.waiting().trace(Part::Mail) == f.flight.trace);
}

TEST_CASE("nothing is composed for a registration that cannot be pushed to", "[push_composer]") {
    Fixture f;
    SECTION("it is deleted") {
        f.events.targets.clear();
        CHECK(f.compose() == Result::RegistrationGone);
    }
    SECTION("its device is dead") {
        f.target().registration.device_dead_at = f.clock.wall();
        CHECK(f.compose() == Result::TokenDead);
    }
    SECTION("its app is turned off") {
        store::App app = *f.target().app;
        app.enabled = false;
        f.target().app = std::make_shared<const store::App>(app);
        CHECK(f.compose() == Result::AppOff);
    }
}

TEST_CASE("a store that cannot be read is the caller's to handle", "[push_composer]") {
    Fixture f;
    f.setStore(testing::Trouble::Away);
    CHECK_THROWS_AS(f.compose(), store::StoreError);
}

TEST_CASE("an unknown count of a managed mailbox is read first, once", "[push_composer]") {
    Fixture f;
    f.countUnknown();
    CHECK(f.compose() == Result::CountFirst);
    CHECK(f.compose(PushComposer::UnknownCount::Stays) == Result::Ready);
    f.waiting().counted = {4, 42};
    REQUIRE(f.compose() == Result::Ready);
    CHECK(f.flight.content.count == 42);
}

TEST_CASE("a badge is the sum over the device's registrations", "[push_composer]") {
    Fixture f;
    f.target().registration.registrations_on_device = 2;
    store::BadgeShare other;
    other.registration.id = 2;
    other.registration.app = f.target().app;
    other.registration.subscription.id_hash = "id";
    other.count = 4;
    f.events.shares = {other};
    REQUIRE(f.compose() == Result::Ready);
    CHECK(f.flight.content.count == 3);
    CHECK(f.flight.content.badge == 7);
}
