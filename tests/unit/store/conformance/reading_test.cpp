// SPDX-License-Identifier: Apache-2.0
// Reads keep what they know for as long as it is true, and no longer.
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

namespace {

/// Events of other registrations, one commit after another, until it ends.
class Traffic {
  public:
    Traffic(StoreFixture& fixture, const Registration& r)
        : thread_([this, &fixture, r] {
              for (std::int32_t count = 0; !ended_; count = (count + 1) % 1000)
                  if (fixture.stage({fixture.event(r, Kind::NewMail, count)})) ++commits_;
          }) {}
    ~Traffic() {
        ended_ = true;
        thread_.join();
    }
    int commits() const { return commits_; }

  private:
    std::atomic<bool> ended_{false};
    std::atomic<int> commits_{0};
    std::thread thread_;
};

}  // namespace

TEST_CASE_METHOD(StoreFixture, "a change is read by whoever was told of it, under any traffic",
                 "[store]") {
    const Registration busy = registered("busy", "a");
    const Registration changing = registered("changing", "a");
    const Traffic traffic(*this, busy);
    for (int i = 0; i < 100; ++i) {
        const std::string token = "token " + std::to_string(i);
        REQUIRE(changeToken(changing.public_id,
                            {token, util::sha256(token), util::fromMs(10 + i), {}, {}}));
        CHECK(store().events().pushTarget(changing.id).value().token == token);
        CHECK(store().registrations().findRegistration(changing.id).value().device ==
              store().events().pushTarget(changing.id).value().registration.device);
        const Registration added = registered("new " + std::to_string(i), "a");
        REQUIRE(store().events().findCallback(lastCallback()));
        REQUIRE(store().registrations().removeRegistration(added.public_id));
        CHECK_FALSE(store().events().findCallback(lastCallback()));
    }
}

TEST_CASE_METHOD(StoreFixture, "a badge counts what was pending a moment ago, under any traffic",
                 "[store]") {
    const Registration busy = registered("busy", "a");
    const Registration r = registered("shared", "a");
    const Traffic traffic(*this, busy);
    for (std::int32_t i = 0; i < 100; ++i) {
        REQUIRE(stage({event(r, Kind::NewMail, i)}));
        CHECK(store().events().badgeShares(r.device).at(0).count == i);
    }
}

TEST_CASE_METHOD(StoreFixture, "a push goes by its registration as it is now, not as it was read",
                 "[store]") {
    const Registration r = registered("t", "a");
    const std::string callback = lastCallback();
    REQUIRE(store().events().findCallback(callback));

    SECTION("nothing has changed") {
        const PushTarget target = store().events().pushTarget(r.id).value();
        CHECK(target.token == "token t");
        CHECK(target.registration.public_id == r.public_id);
        CHECK(target.app->name == "com.example.mail");
        CHECK(target.token_at == util::fromMs(1000));
    }
    SECTION("another event changes nothing of it") {
        REQUIRE(stage({event(r, Kind::NewMail, 1)}));
        CHECK(store().events().pushTarget(r.id).value().token == "token t");
    }
    SECTION("the token") {
        REQUIRE(changeToken(r.public_id, {"new", "new key", util::fromMs(2000), {}, {}}));
        CHECK(store().events().pushTarget(r.id).value().token == "new");
    }
    SECTION("the device died") {
        settle(r, DeviceDead{util::fromMs(1000), util::fromMs(3000)});
        CHECK(store().events().pushTarget(r.id).value().registration.device_dead_at ==
              util::fromMs(3000));
    }
    SECTION("the push network said 410 for the first time") {
        settle(r, First410{util::fromMs(1000), util::fromMs(3000)});
        CHECK(store().events().pushTarget(r.id).value().first_410_at == util::fromMs(3000));
    }
    SECTION("the push network called it foreign for the first time") {
        settle(r, FirstForeign{util::fromMs(1000), util::fromMs(3000)});
        CHECK(store().events().pushTarget(r.id).value().first_foreign_at == util::fromMs(3000));
    }
    SECTION("a push was delivered to it for the first time") {
        store().events().tokenProven(r.id, {r.device, util::fromMs(1000), util::fromMs(3000)});
        store().flush();
        CHECK(store().events().pushTarget(r.id).value().registration.device_proven_at ==
              util::fromMs(3000));
    }
    SECTION("the app was turned off") {
        store().directory().setAppEnabled(r.app->id, false, util::fromMs(2000));
        CHECK_FALSE(store().events().pushTarget(r.id).value().app->enabled);
    }
    SECTION("a second account came") {
        registered("t", "b");
        CHECK(store().events().pushTarget(r.id).value().registration.registrations_on_device == 2);
    }
    SECTION("it was removed") {
        REQUIRE(store().registrations().removeRegistration(r.public_id));
        CHECK_FALSE(store().events().pushTarget(r.id));
    }
}

TEST_CASE_METHOD(StoreFixture, "an event goes to its registration as it is now, not as it was read",
                 "[store]") {
    const Registration r = registered("t", "a");
    const Callback callback = store().events().findCallback(lastCallback()).value();
    const auto read = std::get<RegistrationCallback>(callback.of);
    StagedEvent e = event(read.recipient, Kind::NewMail, 3);
    e.data_version = read.data_version;

    SECTION("nothing has changed") {
        REQUIRE(stage({e}));
        CHECK(takeRows().back().device == r.device);
        CHECK(pending(r.id).value().count == 3);
    }
    SECTION("it moved to another device") {
        REQUIRE(changeToken(r.public_id, {"new", "new key", util::fromMs(2000), {}, {}}));
        takeRows();
        REQUIRE(stage({e}));
        CHECK(takeRows().back().device ==
              store().registrations().findRegistration(r.id).value().device);
    }
    SECTION("it was removed") {
        REQUIRE(store().registrations().removeRegistration(r.public_id));
        REQUIRE(stage({e}));
        CHECK(store().stats().events_without_effect == 1);
        CHECK_FALSE(pending(r.id));
    }
}
