// SPDX-License-Identifier: Apache-2.0
#include "registry/sweeper.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "support/empty_events.h"
#include "support/empty_registrations.h"

using namespace postbell;
using namespace postbell::registry;
using store::Id;

namespace {

constexpr util::Milliseconds kHour = std::chrono::hours(1);
constexpr util::WallTime kStart = util::WallTime() + 1'000 * 24 * kHour;

/// Registrations in the order of their ids; a sweeper lists and removes them.
class FakeRegistrations final : public testing::EmptyRegistrations {
  public:
    std::vector<store::Registration> all;

    std::vector<store::Registration> listRegistrations(Id after, std::size_t limit, Id,
                                                       Id) override {
        std::vector<store::Registration> some;
        for (const store::Registration& r : all)
            if (r.id > after && some.size() < limit) some.push_back(r);
        return some;
    }
    std::size_t removeUnchanged(const std::vector<store::Registration>& registrations) override {
        for (const store::Registration& gone : registrations)
            std::erase_if(all, [&](const store::Registration& r) { return r.id == gone.id; });
        return registrations.size();
    }
};

/// Keeps events that were staged. Commits at once, or when the test clears `uncommitted`.
class FakeEvents final : public testing::EmptyEvents {
  public:
    std::vector<store::StagedEvent> staged;
    bool is_slow = false;
    std::vector<store::Batch> uncommitted;

    void stage(store::Batch batch) override {
        staged.insert(staged.end(), batch.events.begin(), batch.events.end());
        if (is_slow) uncommitted.push_back(std::move(batch));
    }
};

struct Rig {
    FakeRegistrations registrations;
    FakeEvents events;
    Census census;
    Sweeper sweeper{registrations, events,
                    [](const store::Registration&) {
                        return LifeClock{kStart + 2 * kHour, kStart, kHour};
                    },
                    census, 2 * kHour};

    /// Silent for two hours: stale. Or heard just now: active.
    void add(Id id, bool stale) {
        store::Registration r;
        r.id = id;
        r.device = id + 100;
        r.app = std::make_shared<const store::App>();
        r.subscription.instance = "ews";
        r.subscription.id_hash = "id";
        r.subscription.reported_at = kStart;
        r.seen.heard_at = stale ? kStart : kStart + 2 * kHour;
        registrations.all.push_back(r);
    }
    /// Never reported on; its app called last at `called`.
    void addWaiting(Id id, util::WallTime called = kStart - kHour) {
        add(id, false);
        store::Registration& r = registrations.all.back();
        r.subscription = {};
        r.seen = {};
        r.created_at = kStart - kHour;
        r.seen.device_at = called;
    }
    std::vector<Id> left() const {
        std::vector<Id> ids;
        for (const store::Registration& r : registrations.all) ids.push_back(r.id);
        return ids;
    }
    std::vector<Id> nudged() const {
        std::vector<Id> ids;
        for (const store::StagedEvent& event : events.staged) ids.push_back(event.registration);
        return ids;
    }
};

}  // namespace

TEST_CASE("apps of stale registrations are nudged, and no others", "[registry]") {
    Rig rig;
    rig.add(1, true);
    rig.add(2, false);
    rig.add(3, true);

    CHECK(rig.sweeper.step(10, 10).nudged == 2);

    CHECK(rig.nudged() == std::vector<Id>{1, 3});
    CHECK(rig.events.staged[0].kind == store::StagedEvent::Kind::Check);
    CHECK(rig.events.staged[0].device == 101);
    CHECK(rig.events.staged[0].received == kStart + 2 * kHour);
    CHECK(rig.events.staged[0].nudges == 1);
}

TEST_CASE("a fleet that went stale together is nudged a few at a time", "[registry]") {
    Rig rig;
    for (Id id = 1; id <= 5; ++id) rig.add(id, true);

    CHECK(rig.sweeper.step(10, 2).nudged == 2);
    CHECK(rig.sweeper.step(10, 2).nudged == 2);
    CHECK(rig.sweeper.step(10, 2).nudged == 1);

    CHECK(rig.nudged() == std::vector<Id>{1, 2, 3, 4, 5});
}

TEST_CASE("a round goes on where the last step ended, and counts each registration once",
          "[registry]") {
    Rig rig;
    for (Id id = 1; id <= 4; ++id) rig.add(id, id == 4);
    rig.sweeper.step(3, 10);
    CHECK(rig.census.read().empty());

    rig.sweeper.step(3, 10);

    Census::Counts counts = rig.census.read();
    CHECK(counts[{"ews", State::Active}] == 3);
    CHECK(counts[{"ews", State::Stale}] == 1);

    rig.registrations.all.resize(1);
    rig.sweeper.step(3, 10);
    counts = rig.census.read();
    CHECK(counts[{"ews", State::Active}] == 1);
    CHECK(counts.size() == 1);
}

TEST_CASE("a registration that was never reported on ends when its app was silent", "[registry]") {
    Rig rig;
    rig.addWaiting(1);
    rig.addWaiting(2, kStart + kHour);
    rig.addWaiting(3);
    rig.registrations.all.back().account_proof = store::AccountProof::Approved;
    rig.addWaiting(4);
    rig.registrations.all.back().mailbox_state.id = 7;
    rig.add(5, true);

    CHECK(rig.sweeper.step(10, 10).ended == 1);

    CHECK(rig.left() == std::vector<Id>{2, 3, 4, 5});
    CHECK(rig.census.read()[{"", State::Waiting}] == 1);
}

TEST_CASE("an app that could not call, as no gateway was up, has all its time", "[registry]") {
    Rig rig;
    Sweeper sweeper{rig.registrations, rig.events,
                    [](const store::Registration&) {
                        return LifeClock{kStart + 2 * kHour, kStart + kHour, kHour};
                    },
                    rig.census, 2 * kHour};
    rig.addWaiting(1);
    CHECK(sweeper.step(10, 10).ended == 0);
}

TEST_CASE("registrations end a few hundred at a time, and never if the limit is off",
          "[registry]") {
    Rig rig;
    for (Id id = 1; id <= 450; ++id) rig.addWaiting(id);
    CHECK(rig.sweeper.step(1'000, 10).ended == Sweeper::kMaxEnded);
    CHECK(rig.sweeper.step(1'000, 10).ended == Sweeper::kMaxEnded);
    CHECK(rig.sweeper.step(1'000, 10).ended == 50);

    Sweeper never{rig.registrations, rig.events,
                  [](const store::Registration&) {
                      return LifeClock{kStart + 2 * kHour, kStart, kHour};
                  },
                  rig.census, util::Milliseconds::zero()};
    rig.addWaiting(1);
    CHECK(never.step(1'000, 10).ended == 0);
}

TEST_CASE("an app is not nudged again while its nudge is being committed", "[registry]") {
    Rig rig;
    rig.add(1, true);
    rig.events.is_slow = true;
    CHECK(rig.sweeper.step(10, 10).nudged == 1);
    CHECK(rig.sweeper.step(10, 10).nudged == 0);
    rig.events.uncommitted.clear();
    CHECK(rig.sweeper.step(10, 10).nudged == 1);
}
