// SPDX-License-Identifier: Apache-2.0
#include "store/rules/devices.h"

#include <catch2/catch.hpp>

#include "unit/store/fake_registrations.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

namespace {

constexpr Id kOld = 50, kNew = 51;
constexpr Id kWork = 1, kHome = 2;

/// Two accounts of a phone on its old device, with known counts.
struct Rig {
    FakeRows rows;
    FakeSubscriptions subscriptions{rows.tables};
    FakeMailboxSignals signals{rows.tables};
    FakeRegistrations registrations{rows.tables};
    FakeDevices devices{rows.tables};
    FakeTokens tokens{rows.tables};
    FakeLastCounts last_counts{rows.tables};
    Tables all{{.devices = &devices,
                .tokens = &tokens,
                .last_counts = &last_counts,
                .registrations = &registrations,
                .subscriptions = &subscriptions,
                .mailbox_signals = &signals,
                .pending = &rows}};
    PendingTable pending{all, 1000};

    Rig() {
        rows.tables.device_of = {{kWork, kOld}, {kHome, kOld}};
        registrations.rows = {{kWork, {"work", ""}}, {kHome, {"home", ""}}};
        rows.tables.last_counts = {{kWork, 4}, {kHome, 6}};
    }
    void move(bool send_known = false) {
        moveRegistrations(all, pending, {kOld, kNew, "old token", send_known, util::fromMs(5000)});
    }
    /// Ids of the rows that the sink hears of.
    std::vector<Id> announced() {
        std::vector<Id> ids;
        for (const Pending& row : pending.committed(util::realNow(), {}).rows)
            ids.push_back(row.registration);
        return ids;
    }
};

}  // namespace

TEST_CASE("the accounts of a phone move together, and know the token that they left", "[store]") {
    Rig rig;
    rig.move();
    CHECK(rig.rows.tables.device_of == std::map<Id, Id>{{kWork, kNew}, {kHome, kNew}});
    CHECK(rig.registrations.rows[kWork].left_token_key == "old token");
}

TEST_CASE("a device that is left by its last registration goes", "[store]") {
    Rig rig;
    rig.move();
    CHECK(rig.devices.registrations == std::map<Id, std::int64_t>{{kNew, 2}});
}

TEST_CASE("last counts are kept exactly where a device has two or more", "[store]") {
    Rig rig;
    constexpr Id kAlone = 60, kThird = 3;
    rig.rows.tables.device_of[kThird] = kAlone;
    rig.rows.tables.last_counts[kThird] = 8;
    refreshDevices(rig.all, {{kAlone}});
    rig.move();
    CHECK(rig.rows.tables.last_counts == std::map<Id, std::int32_t>{{kWork, 4}, {kHome, 6}});
}

TEST_CASE("a registration that is on the new device already gives way, and wakes its mailbox",
          "[store]") {
    Rig rig;
    constexpr Id kSecond = 9, kMailbox = 70;
    rig.rows.tables.device_of[kSecond] = kNew;
    rig.registrations.rows[kSecond] = {"work", ""};
    rig.rows.tables.subscriptions[kSecond].mailbox = kMailbox;

    rig.move();

    CHECK_FALSE(rig.registrations.rows.contains(kSecond));
    CHECK(rig.rows.tables.device_of[kWork] == kNew);
    CHECK(rig.rows.tables.wake_counts == std::map<Id, std::int64_t>{{kMailbox, 1}});
}

TEST_CASE("registrations that move to a device of others count, but for accounts that are there",
          "[store]") {
    Rig rig;
    constexpr Id kSecond = 9;
    rig.rows.tables.device_of[kSecond] = kNew;
    rig.registrations.rows[kSecond] = {"work", ""};
    const auto hasRoomAt = [&](std::int64_t registrations) {
        return hasRoomFor(CountedDevice{kNew, registrations}, kOld, rig.registrations);
    };
    CHECK(hasRoomAt(kMaxRegistrationsPerDevice - 1));
    CHECK_FALSE(hasRoomAt(kMaxRegistrationsPerDevice));
}

TEST_CASE("many registrations are erased with their rows, and wake their mailboxes", "[store]") {
    Rig rig;
    constexpr Id kMailbox = 70;
    rig.rows.tables.subscriptions[kHome].mailbox = kMailbox;
    const Id both[] = {kWork, kHome};

    eraseRegistrations(rig.all, both);
    refreshDevices(rig.all, {{kOld}});

    CHECK(rig.registrations.rows.empty());
    CHECK(rig.rows.tables.wake_counts == std::map<Id, std::int64_t>{{kMailbox, 1}});
    CHECK(rig.devices.registrations.empty());
}

TEST_CASE("known counts go to the new device, where no mail is pending", "[store]") {
    Rig rig;
    rig.pending.add(eventOf(kWork, Kind::NewMail, 5), 0);
    rig.announced();

    SECTION("pending mail is told again, with its own count") {
        rig.move(true);
        CHECK(rig.announced() == std::vector<Id>{kWork, kHome});
        CHECK(rig.rows.tables.pending[kWork].row.count == 5);
        CHECK(rig.rows.tables.pending[kHome].row.count == 6);
    }
    SECTION("a count that is not known is not sent") {
        rig.rows.tables.last_counts[kHome] = kUnknownCount;
        rig.move(true);
        CHECK(rig.announced() == std::vector<Id>{kWork});
    }
    SECTION("a move that is asked to send none only tells of pending mail") {
        rig.move(false);
        CHECK(rig.announced() == std::vector<Id>{kWork});
    }
}
