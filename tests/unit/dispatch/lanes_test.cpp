// SPDX-License-Identifier: Apache-2.0
#include "dispatch/lanes.h"

#include <catch2/catch.hpp>

#include <optional>

#include "support/failing_new.h"
#include "unit/dispatch/lane_world.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Fixture : testing::LaneWorld {
    const Surroundings around = surroundings(networks);
    std::optional<Lanes> lanes;

    Fixture() { lanes.emplace(around); }
    ~Fixture() {
        on([this] { lanes.reset(); });
    }
    void start() {
        on([this] { lanes->start(); });
    }
    void commit(const std::vector<store::Pending>& rows,
                const std::vector<store::Settlement>& settled = {}) {
        on([&] { lanes->committed(rows, settled); });
    }
};

}  // namespace

TEST_CASE("an app has a lane for each environment, made once", "[lanes]") {
    Fixture f;
    f.on([&] {
        Lane& lane = f.lanes->at(1, store::Environment::Production);
        CHECK(&f.lanes->at(1, store::Environment::Production) == &lane);
        CHECK(&f.lanes->at(1, store::Environment::Sandbox) != &lane);
    });
    CHECK(f.lanes->all().size() == 2);
}

TEST_CASE("the settlements of one turn of the loop are handed over together", "[lanes]") {
    Fixture f;
    f.start();
    f.commit({f.mail(1), f.mail(2)});
    REQUIRE(f.sent() == "/1/2");
    f.on([&] {
        f.wire.answer(0, 200);
        f.wire.answer(1, 200);
        CHECK(f.events.settled.empty());
    });
    CHECK(f.settledAs<store::Delivered>() == 2);
    CHECK(f.events.settle_calls == 1);
}

TEST_CASE("settlements that the store does not take are kept and handed over again", "[lanes]") {
    Fixture f;
    f.start();
    f.commit({f.mail(1), f.mail(2)});
    f.events.trouble_settling = GENERATE(testing::Trouble::Away, testing::Trouble::Broken);
    f.on([&] { f.wire.answer(0, 200); });
    REQUIRE(f.events.settle_calls == 1);
    CHECK(f.events.settled.empty());
    f.events.trouble_settling = testing::Trouble::None;
    f.on([&] { f.wire.answer(1, 200); });
    CHECK(f.comesTrue([&] { return f.settledAs<store::Delivered>() == 2; }));
}

TEST_CASE("a row that there is no memory to take up is read from the store again", "[lanes]") {
    for (std::size_t granted = 0, short_of = 1; short_of != 0; ++granted) {
        Fixture f;
        f.start();
        f.events.pending = {f.mail(1)};
        f.on([&] {
            f.lanes->at(1, store::Environment::None);
            testing::failAllocations(granted, 1);
            f.lanes->committed(f.events.pending, {});
            short_of = testing::endOfFailures();
        });
        INFO("after " << granted);
        CHECK(f.comesTo("/1"));
    }
}

TEST_CASE("a settlement whose lane is not there opens none", "[lanes]") {
    Fixture f;
    store::Settlement settlement;
    settlement.app = 9;
    f.commit({}, {settlement});
    CHECK(f.lanes->all().empty());
}

TEST_CASE("a changed credential opens the lanes of its environments, from the start on",
          "[lanes]") {
    Fixture f;
    f.credentials.all.clear();
    const auto add = [&] {
        store::Credential credential;
        credential.id = credential.app = 1;
        credential.provider = "push";
        credential.sandbox = true;
        f.credentials.all = {credential};
        f.on([&] { f.lanes->credentialChanged(1); });
    };
    SECTION("before the start") {
        add();
        CHECK(f.lanes->all().empty());
    }
    SECTION("after the start") {
        f.start();
        add();
        REQUIRE(f.lanes->all().size() == 1);
        CHECK(f.lanes->all().begin()->first.second == store::Environment::Sandbox);
    }
}

TEST_CASE("lanes that drain send nothing new, and know what is in flight", "[lanes]") {
    Fixture f;
    f.start();
    f.commit({f.mail(1)});
    f.on([&] {
        f.lanes->drain();
        CHECK(f.lanes->inFlight());
    });
    f.commit({f.mail(2)});
    CHECK(f.sent() == "/1");
    f.on([&] {
        f.wire.answer(0, 200);
        CHECK_FALSE(f.lanes->inFlight());
    });
}
