// SPDX-License-Identifier: Apache-2.0
#include "dispatch/lane.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/lane_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using Fixture = testing::LaneBench;

namespace {

constexpr std::chrono::seconds kSecond{1};

}  // namespace

TEST_CASE("new mail is pushed, and settled when it is delivered", "[lane]") {
    Fixture f;
    f.newMail(1);
    REQUIRE(f.sent() == "/1");
    CHECK(f.settledAs<store::Delivered>() == 0);
    f.answer(0, 200);
    REQUIRE(f.settledAs<store::Delivered>() == 1);
    CHECK(std::get<store::Delivered>(f.events.settled[0].outcome).generation == 1);
    CHECK(f.notes == std::vector<std::string>{"delivered"});
}

TEST_CASE("at most one push is in flight for a device", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.newMail(1, 2);
    f.newMail(2);
    CHECK(f.sent() == "/1/2");
    f.answer(0, 200);
    CHECK(f.sent() == "/1/2/1");
}

TEST_CASE("a registration whose device is another by now is pushed to there alone", "[lane]") {
    Fixture f;
    f.newMail(1);
    const auto move = [&](std::int64_t generation) {
        store::PushTarget& target = f.events.targets[1];
        target.registration.device = 2;
        target.token = "2";
        store::Pending row = f.last;
        row.device = 2;
        row.generation = row.mail_generation = row.new_mail_generation = generation;
        f.changed(row);
    };
    SECTION("while the push waits") {
        f.answer(0, 503);
        move(2);
        REQUIRE(f.sent() == "/1/2");
        f.answer(1, 200);
        f.advance(10 * kSecond);
        CHECK(f.sent() == "/1/2");
    }
    SECTION("while the push is in flight") {
        move(1);
        REQUIRE(f.sent() == "/1/2");
        f.answer(1, 200);
        f.answer(0, 503);
        f.advance(10 * kSecond);
        CHECK(f.sent() == "/1/2");
    }
    SECTION("while the push is in flight, whose token is dead") {
        f.events.targets[1].token_at += util::Milliseconds(1);
        move(1);
        f.answer(0, 410);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
        f.advance(10 * kSecond);
        CHECK(f.sent() == "/1/2");
    }
    CHECK(f.logged().find("goes to the registration's new device") != std::string::npos);
}

TEST_CASE("a push that is to be retried keeps its id and counts its attempts",
          "[lane][row:RETRY-1]") {
    Fixture f;
    std::vector<std::pair<std::string, std::uint32_t>> tries;
    f.behaviour.encode = [&](const provider::Push& push, provider::Encoded&) {
        tries.emplace_back(push.id, push.attempt);
    };
    f.newMail(1);
    f.answer(0, 503);
    CHECK(f.sent() == "/1");
    f.advance(1 * kSecond);
    REQUIRE(f.sent() == "/1/1");
    CHECK(tries[0].first == tries[1].first);
    CHECK(tries[1].second == 2);
}

TEST_CASE("a retry goes out over another connection if the network says so",
          "[lane][row:RETRY-7]") {
    Fixture f;
    f.behaviour.classify = [](provider::Outcome& outcome) { outcome.new_connection = true; };
    f.newMail(1);
    f.answer(0, 503, 7);
    REQUIRE(f.wire.retired.size() == 1);
    CHECK(f.wire.retired[0] == std::pair<std::string, std::uint64_t>{"https://push.example", 7});
}

TEST_CASE("a device that is dead is retired, unless its token is another by now", "[lane]") {
    Fixture f;
    f.newMail(1);
    SECTION("the token that was pushed to") {
        f.answer(0, 410);
        CHECK(f.settledAs<store::DeviceDead>() == 1);
    }
    SECTION("a new token was registered meanwhile") {
        f.events.targets[1].token_at += util::Milliseconds(1);
        f.answer(0, 410);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
        CHECK(f.sent() == "/1/1");
    }
    SECTION("the store cannot tell") {
        f.setStore(testing::Trouble::Away);
        f.answer(0, 410);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
        CHECK(f.sent() == "/1");
    }
}

TEST_CASE("rejected drops the push", "[lane][row:RETRY-4]") {
    Fixture f;
    f.newMail(1);
    f.answer(0, 413);
    CHECK(f.settledAs<store::Dropped>() == 1);
    f.advance(60 * kSecond);
    CHECK(f.sent() == "/1");
}

TEST_CASE("what cannot be delivered any more is dropped", "[lane]") {
    Fixture f;
    const store::Pending row = f.mail(1);
    SECTION("the app is turned off") {
        auto app = std::make_shared<store::App>(*f.events.targets[1].app);
        app->enabled = false;
        f.events.targets[1].app = app;
        f.changed(row);
        CHECK(f.settledAs<store::Dropped>() == 1);
    }
    SECTION("the device is dead") {
        f.events.targets[1].registration.device_dead_at = f.clock.wall();
        f.changed(row);
        CHECK(f.settledAs<store::Dropped>() == 1);
    }
    SECTION("the registration is gone, and its row with it") {
        f.events.targets.clear();
        f.changed(row);
        CHECK(f.events.settled.empty());
        CHECK(f.lane->idle());
    }
    CHECK(f.sent().empty());
}

TEST_CASE("a managed mailbox is counted before its push", "[lane]") {
    Fixture f;
    std::function<void(std::int32_t)> counted;
    f.around.read_count = [&](const store::MailboxState& mailbox, util::RealTime,
                              std::function<void(std::int32_t)> done) {
        CHECK(mailbox.id == 5);
        counted = std::move(done);
    };
    f.on([&] { f.lane.reset(); });
    f.open();
    std::int32_t unread = 0;
    f.behaviour.encode = [&](const provider::Push& push, provider::Encoded&) {
        unread = push.unread;
    };
    store::Pending row = f.mail(1);
    row.count = store::kUnknownCount;
    f.events.targets[1].mailbox_state.id = 5;
    f.changed(row);
    REQUIRE(counted);
    CHECK(f.sent().empty());
    f.newMail(2);
    CHECK(f.sent() == "/2");
    f.on([&] { counted(42); });
    CHECK(f.sent() == "/2/1");
    CHECK(unread == 42);
}

TEST_CASE("without a credential that can be used nothing is sent", "[lane]") {
    Fixture f;
    f.on([&] {
        f.credentials.all[0].content = "broken";
        f.renew();
        f.lane->reloadCredential();
    });
    f.newMail(1);
    CHECK(f.sent().empty());
    LaneStatus status;
    f.on([&] { status = f.lane->status(); });
    CHECK(status.credential_stored);
    CHECK_FALSE(status.credential_usable);
    CHECK(f.logged().find("it is broken") != std::string::npos);
}

TEST_CASE("a lane that drains sends nothing new", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.on([&] { f.lane->drain(); });
    f.newMail(2);
    CHECK(f.sent() == "/1");
    CHECK(f.lane->inFlight() == 1);
    f.answer(0, 200);
    CHECK(f.lane->inFlight() == 0);
    CHECK(f.settledAs<store::Delivered>() == 1);
}

TEST_CASE("a push whose app is removed during the flight is answered all the same", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.on([&] {
        f.directory.apps.clear();
        f.lane->reloadCredential();
    });
    f.answer(0, 200);
    CHECK(f.settledAs<store::Delivered>() == 1);
    CHECK(f.lane->idle());
}

TEST_CASE("what the loop still holds of a lane ends with it", "[lane]") {
    Fixture f;
    f.on([&] {
        f.lane->changed(f.mail(1));
        f.lane.reset();
    });
    CHECK(f.sent().empty());
    CHECK(f.networks.behaviour.open_sessions == 0);
}
