// SPDX-License-Identifier: Apache-2.0
// What goes into a group and when, without a thread and without a database.
#include "store/writer/write_queue.h"

#include <catch2/catch.hpp>

#include <memory>

using namespace postbell;
using namespace postbell::store;
using std::chrono::milliseconds;
using util::RealTime;

namespace {

const RealTime kStart = RealTime() + std::chrono::hours(1);

Batch events(std::size_t count) {
    Batch batch;
    batch.events.resize(count);
    return batch;
}

std::vector<Settlement> settlements(std::size_t count) {
    return std::vector<Settlement>(count);
}

Write nothing() {
    return [](PendingTable&) {};
}

struct Rig {
    SeenLedger seen;
    WriteQueue queue{seen, milliseconds(1000)};

    void see(Id first, Id count, RealTime now = kStart) {
        for (Id id = first; id < first + count; ++id) seen.heard({id}, util::fromMs(1));
        queue.seenCame(now);
    }
    Group take(RealTime now = kStart) {
        Group group;
        queue.take(group, now);
        return group;
    }
    bool isDue(RealTime now) const { return queue.due() <= now; }
};

}  // namespace

TEST_CASE("an event waits for no company", "[store]") {
    Rig rig;
    CHECK(rig.queue.due() == RealTime::max());
    rig.queue.add(events(1));
    CHECK(rig.isDue(kStart));
    CHECK(rig.take().members.size() == 1);
    CHECK(rig.queue.due() == RealTime::max());
    CHECK(rig.take().isEmpty());
}

TEST_CASE("settlements wait 20 ms for events, unless there are many", "[store]") {
    Rig rig;
    rig.queue.settle(settlements(1), kStart);
    CHECK(rig.queue.due() == kStart + milliseconds(20));
    rig.queue.settle(settlements(254), kStart + milliseconds(15));
    CHECK(rig.queue.due() == kStart + milliseconds(20));

    SECTION("many go at once") {
        rig.queue.settle(settlements(1), kStart + milliseconds(16));
        CHECK(rig.isDue(kStart + milliseconds(16)));
    }
    SECTION("they go along with an event") {
        rig.queue.add(events(1));
        CHECK(rig.take().settlements.size() == 255);
        CHECK(rig.queue.due() == RealTime::max());
    }
}

TEST_CASE("a group is bounded, and the rest is due at once", "[store]") {
    Rig rig;
    for (int i = 0; i < 3; ++i) rig.queue.add(events(600));
    CHECK(rig.take().members.size() == 2);
    CHECK(rig.isDue(kStart));
    CHECK(rig.take().members.size() == 1);
}

TEST_CASE("what must not be lost is due at once, and its newest value counts", "[store]") {
    Rig rig;
    rig.queue.keep("guard 1", nothing());
    rig.queue.keep("guard 1", nothing());
    rig.queue.keep("guard 2", nothing());
    CHECK(rig.isDue(kStart));
    CHECK(rig.take().kept.size() == 2);
}

TEST_CASE("what must not be lost is written in the order in which it came", "[store]") {
    Rig rig;
    rig.queue.keep("b", nothing());
    rig.queue.keep("c", nothing());
    Group failed = rig.take();
    rig.queue.keep("a", nothing());
    rig.queue.keep("b", nothing());
    rig.queue.failed(failed, kStart);

    const Group group = rig.take();
    std::string order;
    for (const auto* kept : group.keptInOrder()) order += kept->first;
    CHECK(order == "cab");
}

TEST_CASE("a kept write that takes another's place is what its caller waits for as well",
          "[store]") {
    Rig rig;
    int first = 0, second = 0;
    rig.queue.keep("a", nothing(), [&] { ++first; });
    rig.queue.keep("a", nothing(), [&] { ++second; });
    rig.take().kept.at("a").durable();
    CHECK(first == 1);
    CHECK(second == 1);
}

TEST_CASE("what was seen goes along where it hardly counts", "[store]") {
    Rig rig;
    rig.see(1, 500);
    CHECK(rig.queue.due() == kStart + milliseconds(1000));
    const auto addEvents = [&](int count) {
        for (int i = 0; i < count; ++i) rig.queue.add(events(1));
    };

    SECTION("not with a small group") {
        addEvents(15);
        CHECK(rig.take(kStart + milliseconds(1000)).seen.empty());
        CHECK(rig.take(kStart + milliseconds(1000)).seen.size() == 32);
    }
    SECTION("unless it is overdue") {
        addEvents(1);
        CHECK(rig.take(kStart + milliseconds(1050)).seen.size() == 32);
    }
    SECTION("with large groups, one after the other") {
        addEvents(16);
        CHECK(rig.take(kStart + milliseconds(999)).seen.empty());
        for (int i = 0; i < 2; ++i) {
            addEvents(16);
            CHECK(rig.take(kStart + milliseconds(1000)).seen.size() == 64);
        }
    }
    SECTION("alone, a few at a time, with pauses") {
        const RealTime now = kStart + milliseconds(1000);
        CHECK(rig.take(now).seen.size() == 32);
        CHECK(rig.queue.due() == now + milliseconds(10));
    }
    SECTION("all of it when the queue is flushed") {
        Blocking write;
        write.flush = true;
        rig.queue.add(&write);
        CHECK(rig.take().seen.size() == 500);
        CHECK(rig.queue.due() == RealTime::max());
    }
}

TEST_CASE("rows of the ledger go in bursts of 2,000, a second apart", "[store]") {
    Rig rig;
    rig.see(1, 20'000);
    std::size_t rows = 0, groups = 0;
    for (int ms = 0; ms < 3500; ++ms) {
        for (int i = 0; i < 16; ++i) rig.queue.add(events(1));
        const RealTime now = kStart + milliseconds(ms);
        const std::size_t seen = rig.take(now).seen.size();
        rows += seen;
        if (seen > 0) ++groups;
        CHECK_FALSE(rig.isDue(now));
    }
    CHECK(rows == 6'000);
    CHECK(groups == 96);  // the readers keep their snapshots beside the 3,404 others
}

TEST_CASE("while the database cannot be written, what is kept is tried again, slower and slower",
          "[store]") {
    Rig rig;
    rig.queue.settle(settlements(3), kStart);
    rig.see(1, 5);
    RealTime now = kStart + milliseconds(20);
    for (const int step : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
        Group group = rig.take(now);
        CHECK(group.settlements.size() == 3);
        rig.queue.failed(group, now);
        const auto wait = rig.queue.due() - now;
        CHECK(wait >= milliseconds(step / 2));
        CHECK(wait <= milliseconds(step));
        now += wait;
    }

    SECTION("and goes with the next event") {
        rig.queue.add(events(1));
        Group group = rig.take(now);
        CHECK(group.settlements.size() == 3);
        rig.queue.succeeded();
        rig.queue.settle(settlements(1), now);
        CHECK(rig.queue.due() <= now + milliseconds(20));
    }
    SECTION("a kept write that comes meanwhile does not wait") {
        rig.queue.keep("guard 1", nothing());
        CHECK(rig.isDue(now - milliseconds(2000)));
    }
    SECTION("what was seen is written when it goes again") {
        Blocking write;
        write.flush = true;
        rig.queue.add(&write);
        CHECK(rig.take(now).seen.size() == 5);
    }
}

TEST_CASE("a kept write that failed gives way to a newer one of its key", "[store]") {
    Rig rig;
    const auto older = std::make_shared<int>(), newer = std::make_shared<int>();
    rig.queue.keep("guard 1", [older](PendingTable&) {});
    Group group = rig.take();
    rig.queue.keep("guard 1", [newer](PendingTable&) {});
    rig.queue.failed(group, kStart);
    group = rig.take();
    REQUIRE(group.kept.size() == 1);
    CHECK(older.use_count() == 1);  // dropped
    CHECK(newer.use_count() == 2);
}

TEST_CASE("a group that is taken back twice, since memory was short, comes back once", "[store]") {
    Rig rig;
    rig.queue.settle(settlements(2), kStart);
    rig.queue.keep("guard 1", nothing());
    rig.see(1, 5);
    const RealTime late = kStart + milliseconds(2000);
    Group group = rig.take(late);
    REQUIRE(group.seen.size() == 5);

    for (int i = 0; i < 2; ++i) rig.queue.failed(group, late);

    group = rig.take(late + milliseconds(2000));
    CHECK(group.settlements.size() == 2);
    CHECK(group.kept.size() == 1);
    CHECK(group.seen.size() == 5);
}

TEST_CASE("at the end everything goes, and what fails then is tried once more", "[store]") {
    Rig rig;
    rig.queue.add(events(1));
    rig.queue.settle(settlements(1), kStart);
    rig.see(1, 500);
    rig.queue.stop();
    REQUIRE(rig.isDue(kStart));
    Group group = rig.take();
    CHECK(group.members.size() == 1);
    CHECK(group.settlements.size() == 1);
    CHECK(group.seen.size() == 500);
    rig.queue.failed(group, kStart);
    REQUIRE(rig.isDue(kStart));
    group = rig.take();
    CHECK(group.settlements.size() == 1);
    rig.queue.failed(group, kStart);
    CHECK(rig.queue.due() == RealTime::max());
}

TEST_CASE("what changes only pending rows leaves the readers their snapshots", "[store]") {
    Rig rig;
    const auto taken = [&] {
        return rig.take(kStart + milliseconds(2000)).changed() == Changed::PendingOnly;
    };
    Settlement settlement;

    SECTION("events and what was delivered of them") {
        rig.queue.add(events(2));
        rig.queue.settle({settlement}, kStart);
        CHECK(taken());
    }
    SECTION("a dead device") {
        settlement.outcome = DeviceDead{};
        rig.queue.settle({settlement}, kStart);
        CHECK_FALSE(taken());
    }
    SECTION("a first 410") {
        settlement.outcome = First410{};
        rig.queue.settle({settlement}, kStart);
        CHECK_FALSE(taken());
    }
    SECTION("a first foreign word") {
        settlement.outcome = FirstForeign{};
        rig.queue.settle({settlement}, kStart);
        CHECK_FALSE(taken());
    }
    SECTION("a change of a subscription") {
        Batch batch;
        batch.changes.emplace_back();
        rig.queue.add(std::move(batch));
        CHECK_FALSE(taken());
    }
    SECTION("a change of a mailbox") {
        Batch batch;
        batch.mailbox_changes.emplace_back();
        rig.queue.add(std::move(batch));
        CHECK_FALSE(taken());
    }
    SECTION("what was seen") {
        rig.see(1, 1);
        CHECK_FALSE(taken());
    }
    SECTION("a blocking write") {
        Blocking blocking;
        rig.queue.add(&blocking);
        CHECK_FALSE(taken());
    }
}

TEST_CASE("a failure says its sentence, or what its exception says", "[store]") {
    CHECK(Failure{"the disk is full", nullptr}.text() == "the disk is full");
    CHECK(Failure{{}, std::make_exception_ptr(std::runtime_error("its own"))}.text() == "its own");
}
