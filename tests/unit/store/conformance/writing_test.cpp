// SPDX-License-Identifier: Apache-2.0
// What the writer's thread does with all that comes at once.
#include <atomic>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "support/eventually.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

namespace {

Settlement delivered(const Registration& r, std::int64_t generation) {
    return StoreFixture::settlementOf(r, Delivered{generation, kUnknownCount, false, {}});
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "a settlement that no event comes after is durable in a moment",
                 "[store]") {
    const Registration r = registered("t", "a");
    REQUIRE(stage({event(r, Kind::NewMail, 1)}));
    const std::int64_t generation = pending(r.id).value().generation;
    const std::uint64_t commits = store().stats().commits;

    for (int i = 0; i < 3; ++i) store().events().settle({delivered(r, generation)});

    CHECK(testing::eventually([&] { return !pending(r.id); }));
    CHECK(store().stats().commits > commits);
}

TEST_CASE_METHOD(StoreFixture, "many threads stage, settle, read and register at once", "[store]") {
    constexpr int kThreads = 6, kRounds = 60;
    std::vector<Registration> registrations;
    for (int i = 0; i < kThreads; ++i)
        registrations.push_back(registered("t" + std::to_string(i), "a"));
    std::vector<NewRegistration> renewals;
    for (int i = 0; i < kThreads; ++i) renewals.push_back(incoming("t" + std::to_string(i), "a"));
    std::atomic<int> failed{0};

    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            const Registration& r = registrations[static_cast<std::size_t>(i)];
            for (int round = 0; round < kRounds; ++round) {
                if (!stage({event(r, Kind::NewMail, round)})) ++failed;
                if (!store().events().pushTarget(r.id)) ++failed;
                store().events().settle({delivered(r, round)});
                store().seen().heard({r.id}, util::fromMs(round), Sign::OfEvent);
                if (round == kRounds / 2 &&
                    !store()
                         .registrations()
                         .registerDevice(renewals[static_cast<std::size_t>(i)])
                         .renewed)
                    ++failed;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    store().flush();

    CHECK(failed == 0);
    for (const Registration& r : registrations) CHECK(pending(r.id).value().count == kRounds - 1);
    CHECK(store().stats().failed_commits == 0);
}

TEST_CASE_METHOD(StoreFixture,
                 "one commit brings a registration's row once, with its answers first", "[store]") {
    const Registration r = registered("t", "a");
    takeRows();

    REQUIRE(stage(
        {event(r, Kind::NewMail, 1), event(r, Kind::NewMail, 2), event(r, Kind::CountChanged, 3)}));
    store().flush();

    const std::vector<Pending> rows = takeRows();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].count == 3);
    CHECK(rows[0].new_mail_generation == rows[0].generation - 1);
}

TEST_CASE_METHOD(StoreFixture, "closing commits what was queued", "[store]") {
    const Registration r = registered("t", "a");
    std::atomic<int> durable{0};
    for (int i = 1; i <= 50; ++i) {
        Batch batch;
        batch.events = {event(r, Kind::NewMail, i)};
        batch.done = [&](CommitEnd end) { durable += end == CommitEnd::Durable; };
        store().events().stage(std::move(batch));
    }

    close();
    CHECK(durable == 50);
    open();
    CHECK(pending(r.id).value().count == 50);
}
