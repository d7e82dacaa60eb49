// SPDX-License-Identifier: Apache-2.0
#include "store/rules/pending_table.h"

#include <catch2/catch.hpp>

#include "unit/store/fake_session.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

namespace {

constexpr Id kDevice = 50;

/// Registrations 1 and 2 on one device.
struct Rig {
    FakeSession session;
    FakeRows& rows = session.rows;
    PendingTable table{session.tables(), 1000};

    Rig() { rows.tables.device_of = {{1, kDevice}, {2, kDevice}}; }
    PendingTable::Committed commit() { return table.committed(util::realNow(), {}); }
    PendingRow row(Id registration) { return rows.find(registration).row; }
    template <class Outcome>
    void settle(Id registration, Outcome outcome) {
        table.settle({registration, kDevice, 0, Environment::None, outcome});
    }
};

}  // namespace

TEST_CASE("generations rise above those of the last run", "[store]") {
    FakeSession session;
    FakeRows& rows = session.rows;
    rows.tables.device_of = {{1, kDevice}};
    rows.tables.pending[1].row.registration = 1;
    rows.tables.pending[1].row.generation = 9000;
    PendingTable table(session.tables(), 1000);

    REQUIRE(table.add(eventOf(1, Kind::NewMail, 1), 0));

    CHECK(rows.tables.pending[1].row.generation == 9001);
}

TEST_CASE("a commit tells of each registration once, with the trail of all its events", "[store]") {
    Rig rig;
    REQUIRE(rig.table.add(eventOf(1, Kind::NewMail, 1), 0xa));
    REQUIRE(rig.table.add(eventOf(2, Kind::NewMail, 5), 0xb));
    REQUIRE(rig.table.add(eventOf(1, Kind::Check, 0), 0xc));

    const PendingTable::Committed committed = rig.commit();

    REQUIRE(committed.rows.size() == 2);
    CHECK(committed.rows[0].registration == 2);
    CHECK(committed.rows[1].registration == 1);
    CHECK(committed.rows[1].device == kDevice);
    CHECK(committed.rows[1].mail_trace == 0xa);
    CHECK(committed.rows[1].check_trace == 0xc);
    CHECK(committed.rows[1].events == 1);
    CHECK(rig.commit().rows.empty());
}

TEST_CASE("an event for a registration that is gone changes nothing and is counted", "[store]") {
    Rig rig;

    CHECK_FALSE(rig.table.add(eventOf(99, Kind::NewMail, 1), 0));

    CHECK(rig.rows.tables.pending.empty());
    CHECK(rig.commit().without_effect == 1);
}

TEST_CASE("a registration that was read at this version is not looked for again", "[store]") {
    Rig rig;
    StagedEvent event = eventOf(1, Kind::NewMail, 1);
    event.device = 77;
    event.device_proven_at = util::fromMs(4000);
    event.data_version = 7;

    rig.table.begin(7);
    REQUIRE(rig.table.add(event, 0));
    const Pending unmoved = rig.commit().rows.at(0);
    CHECK(unmoved.device == 77);
    CHECK(unmoved.device_proven_at == util::fromMs(4000));

    rig.table.begin(8);
    REQUIRE(rig.table.add(event, 0));
    const Pending moved = rig.commit().rows.at(0);
    CHECK(moved.device == kDevice);
    CHECK_FALSE(util::isSet(moved.device_proven_at));
}

TEST_CASE("a message is recognised once its transaction is committed, and not before", "[store]") {
    Rig rig;
    const StagedEvent event = eventOf(1, Kind::NewMail, 1, "key");
    REQUIRE(rig.table.add(event, 0));
    SECTION("undone: the message was never there") {
        rig.rows.tables.pending.clear();
        rig.table.rollBack({});
        CHECK(rig.table.add(event, 0));
    }
    SECTION("committed: also when the row is gone") {
        rig.commit();
        rig.settle(1, Delivered{rig.row(1).generation, 1, false, {}});
        REQUIRE(rig.rows.tables.pending.empty());
        CHECK_FALSE(rig.table.add(event, 0));
    }
}

TEST_CASE("an outcome takes what was sent, and leaves what came during the flight", "[store]") {
    Rig rig;
    REQUIRE(rig.table.add(eventOf(1, Kind::NewMail, 1), 0));
    const std::int64_t sent = rig.row(1).generation;

    SECTION("nothing came: the row is removed, and a shared device remembers the count") {
        rig.settle(1, Delivered{sent, 4, true, {}});
        CHECK(rig.rows.tables.pending.empty());
        CHECK(rig.rows.tables.last_counts[1] == 4);
    }
    SECTION("a changed count came") {
        REQUIRE(rig.table.add(eventOf(1, Kind::CountChanged, 0), 0));
        rig.settle(1, Delivered{sent, 1, false, util::fromMs(8000)});
        CHECK(rig.row(1).new_mail_generation == 0);
        CHECK(rig.row(1).mail_generation > sent);
        CHECK(rig.rows.tables.last_counts.empty());
    }
    SECTION("a check came, and is settled by itself") {
        REQUIRE(rig.table.add(eventOf(1, Kind::Check, 0), 0));
        rig.settle(1, Dropped{sent, {}});
        REQUIRE(rig.row(1).hasCheck());
        rig.settle(1, CheckSettled{rig.row(1).check_generation});
        CHECK(rig.rows.tables.pending.empty());
    }
    SECTION("the registration is gone") {
        rig.rows.tables.pending.clear();
        rig.settle(1, Delivered{sent, 1, false, {}});
        CHECK(rig.rows.tables.pending.empty());
    }
}

TEST_CASE("a dead token takes all that is pending for its device, an older token nothing",
          "[store]") {
    Rig rig;
    rig.rows.tables.tokens[kDevice].token_at = util::fromMs(100);
    REQUIRE(rig.table.add(eventOf(1, Kind::NewMail, 1), 0));
    REQUIRE(rig.table.add(eventOf(2, Kind::NewMail, 1), 0));

    rig.settle(1, DeviceDead{util::fromMs(99), util::fromMs(500)});
    rig.settle(1, First410{util::fromMs(99), util::fromMs(500)});
    CHECK(rig.rows.tables.pending.size() == 2);
    CHECK_FALSE(util::isSet(rig.rows.tables.tokens[kDevice].first_410_at));

    rig.settle(1, First410{util::fromMs(100), util::fromMs(500)});
    CHECK(rig.rows.tables.tokens[kDevice].first_410_at == util::fromMs(500));
    rig.settle(1, FirstForeign{util::fromMs(100), util::fromMs(550)});
    CHECK(rig.rows.tables.tokens[kDevice].first_foreign_at == util::fromMs(550));
    rig.settle(1, DeviceDead{util::fromMs(100), util::fromMs(600)});
    CHECK(rig.rows.tables.pending.empty());
    CHECK(rig.rows.tables.tokens[kDevice].dead_at == util::fromMs(600));
}
