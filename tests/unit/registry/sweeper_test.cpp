// SPDX-License-Identifier: Apache-2.0
#include "registry/sweeper.h"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::registry;
using store::Id;

namespace {

constexpr util::Milliseconds kHour = std::chrono::hours(1);
constexpr util::WallTime kStart = util::WallTime() + 1'000 * 24 * kHour;

/// Registrations in the order of their ids; a sweeper only lists them.
class FakeRegistrations final : public store::Registrations {
  public:
    std::vector<store::Registration> all;

    std::vector<store::Registration> listRegistrations(Id after, std::size_t limit, Id,
                                                       Id) override {
        std::vector<store::Registration> some;
        for (const store::Registration& r : all)
            if (r.id > after && some.size() < limit) some.push_back(r);
        return some;
    }
    store::Registered registerDevice(const store::NewRegistration&) override { return {}; }
    std::optional<store::Registration> findRegistration(std::string_view) override { return {}; }
    std::optional<store::Registration> findRegistration(Id) override { return {}; }
    store::ReportResult report(std::string_view, const store::Report&) override {
        return store::ReportResult::NotFound;
    }
    store::TokenChanged changeToken(std::string_view, const TokenChange&) override { return {}; }
    bool changeVersions(std::string_view, const std::string&, const std::string&) override {
        return false;
    }
    bool approveAccount(std::string_view) override { return false; }
    bool removeRegistration(std::string_view) override { return false; }
    std::vector<store::Registration> findRegistrationsByAccount(Id, std::string_view) override {
        return {};
    }
    std::int64_t countRegistrations() override { return 0; }
    std::int64_t countUnheard(std::string_view, util::WallTime) override { return 0; }
};

class FakeEvents final : public store::Events {
  public:
    std::vector<store::StagedEvent> staged;
    bool durable = true;

    void stage(store::Batch batch) override {
        staged.insert(staged.end(), batch.events.begin(), batch.events.end());
        if (batch.done) batch.done(durable);
    }
    std::optional<store::Callback> findCallback(std::string_view) override { return {}; }
    std::vector<store::Recipient> reportedBy(Id, std::string_view, std::string_view) override {
        return {};
    }
    std::vector<store::Recipient> provenFor(Id, std::string_view, std::string_view) override {
        return {};
    }
    void settle(std::vector<store::Settlement>) override {}
    std::optional<store::PushTarget> pushTarget(Id) override { return {}; }
    std::vector<store::BadgeShare> badgeShares(Id) override { return {}; }
    void eachPending(const std::function<void(const store::Pending&)>&) override {}
    void setPendingSink(store::PendingSink*) override {}
};

struct Rig {
    FakeRegistrations registrations;
    FakeEvents events;
    store::SeenLedger seen;
    Census census;
    Sweeper sweeper{registrations, events, seen,
                    [](const store::Registration&) {
                        return LifeClock{kStart + 2 * kHour, kStart, kHour};
                    },
                    census};

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
    std::vector<Id> asked() const {
        std::vector<Id> ids;
        for (const store::StagedEvent& event : events.staged) ids.push_back(event.registration);
        return ids;
    }
};

}  // namespace

TEST_CASE("apps of stale registrations are asked to check theirs, and no others", "[registry]") {
    Rig rig;
    rig.add(1, true);
    rig.add(2, false);
    rig.add(3, true);

    CHECK(rig.sweeper.step(10, 10) == 2);

    CHECK(rig.asked() == std::vector<Id>{1, 3});
    CHECK(rig.events.staged[0].kind == store::StagedEvent::Kind::Check);
    CHECK(rig.events.staged[0].device == 101);
    store::Seen seen;
    rig.seen.complete(3, seen, kStart + 3 * kHour);
    CHECK(seen.nudged_at == kStart + 2 * kHour);
}

TEST_CASE("a nudge whose commit fails was none", "[registry]") {
    Rig rig;
    rig.add(1, true);
    rig.events.durable = false;
    rig.sweeper.step(10, 10);
    store::Seen seen;
    rig.seen.complete(1, seen, kStart + 3 * kHour);
    CHECK_FALSE(util::isSet(seen.nudged_at));
}

TEST_CASE("a fleet that went stale together is asked a few at a time", "[registry]") {
    Rig rig;
    for (Id id = 1; id <= 5; ++id) rig.add(id, true);

    CHECK(rig.sweeper.step(10, 2) == 2);
    CHECK(rig.sweeper.step(10, 2) == 2);
    CHECK(rig.sweeper.step(10, 2) == 1);

    CHECK(rig.asked() == std::vector<Id>{1, 2, 3, 4, 5});
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
