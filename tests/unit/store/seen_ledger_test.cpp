// SPDX-License-Identifier: Apache-2.0
#include "store/writer/seen_ledger.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::store;
using std::chrono::milliseconds;
using util::RealTime;

namespace {

constexpr util::WallTime kNow = util::fromMs(1000);

Seen readAfter(const SeenLedger& ledger, Id registration, std::int64_t stored_heard_at = 0) {
    Seen seen;
    seen.heard_at = util::fromMs(stored_heard_at);
    ledger.complete(registration, seen, kNow);
    return seen;
}

}  // namespace

TEST_CASE("each kind of news is kept beside the others", "[store]") {
    SeenLedger ledger;
    ledger.deviceCalled(1, util::fromMs(10));
    ledger.heard({1}, util::fromMs(20));
    ledger.pushed(1, util::fromMs(30), "delivered");
    ledger.nudged(1, util::fromMs(40), 2);
    const Seen seen = readAfter(ledger, 1);
    CHECK(seen.device_at == util::fromMs(10));
    CHECK(seen.heard_at == util::fromMs(20));
    CHECK(seen.event_at == util::WallTime());
    CHECK(seen.push_at == util::fromMs(30));
    CHECK(seen.outcome == "delivered");
    CHECK(seen.nudged_at == util::fromMs(40));
    CHECK(seen.nudges == 2);
    CHECK_FALSE(util::isSet(seen.own_folder_at));
    ledger.heard({.registration = 1, .own_folder = true}, util::fromMs(45));
    CHECK(readAfter(ledger, 1).own_folder_at == util::fromMs(45));
    CHECK(readAfter(ledger, 1).nudges == 2);
    ledger.heard({1}, util::fromMs(50), Sign::OfEvent);
    CHECK(readAfter(ledger, 1).event_at == util::fromMs(50));
    CHECK(readAfter(ledger, 2).heard_at == util::WallTime());
}

TEST_CASE("a message is a sign of life of several registrations", "[store]") {
    SeenLedger ledger;
    const Heard heard[] = {{1, true}, {2, false}};
    ledger.heard(heard, util::fromMs(20), Sign::OfEvent);
    CHECK(readAfter(ledger, 1).own_folder_at == util::fromMs(20));
    CHECK(readAfter(ledger, 2).event_at == util::fromMs(20));
    CHECK_FALSE(util::isSet(readAfter(ledger, 2).own_folder_at));
    CHECK_FALSE(util::isSet(readAfter(ledger, 3).heard_at));
}

TEST_CASE("a token's proof stays until a newer one comes", "[store]") {
    SeenLedger ledger;
    ledger.tokenProven(1, {50, util::fromMs(5), util::fromMs(10)});
    auto rows = ledger.take(10);
    REQUIRE(rows.size() == 1);
    ledger.heard({1}, util::fromMs(20));
    ledger.putBack(rows);
    CHECK(ledger.take(10).at(0).second.proof.at == util::fromMs(10));

    ledger.tokenProven(1, {50, util::fromMs(5), util::fromMs(10)});
    rows = ledger.take(10);
    ledger.tokenProven(1, {51, util::fromMs(25), util::fromMs(30)});
    ledger.putBack(rows);
    CHECK(ledger.take(10).at(0).second.proof.device == 51);
}

TEST_CASE("a stored time that is newer stays", "[store]") {
    SeenLedger ledger;
    ledger.heard({1}, util::fromMs(20));
    CHECK(readAfter(ledger, 1, 25).heard_at == util::fromMs(25));
}

TEST_CASE("a time of a clock that was ahead is forgotten, and hides no other", "[store]") {
    SeenLedger ledger;
    CHECK_FALSE(util::isSet(readAfter(ledger, 1, 5'000'000).heard_at));
    ledger.deviceCalled(1, kNow + std::chrono::hours(1));
    CHECK_FALSE(util::isSet(readAfter(ledger, 1).device_at));
    ledger.heard({1}, kNow);
    CHECK(readAfter(ledger, 1, 5'000'000).heard_at == kNow);
    // Two threads read the clock by turns.
    ledger.heard({1}, kNow + milliseconds(1));
    CHECK(readAfter(ledger, 1).heard_at == kNow + milliseconds(1));
}

TEST_CASE("who read before the commit and asks after it misses nothing", "[store]") {
    SeenLedger ledger;
    const RealTime start = RealTime() + std::chrono::hours(1);
    ledger.heard({1}, util::fromMs(20));
    REQUIRE(ledger.take(10).size() == 1);
    CHECK(ledger.empty());
    CHECK(readAfter(ledger, 1).heard_at == util::fromMs(20));  // not committed yet
    ledger.written(start);
    CHECK(readAfter(ledger, 1).heard_at == util::fromMs(20));

    SECTION("for a second, after which nobody is left who read before") {
        ledger.written(start + milliseconds(999));
        CHECK(readAfter(ledger, 1).heard_at == util::fromMs(20));
        ledger.written(start + milliseconds(1000));
        CHECK(readAfter(ledger, 1).heard_at == util::WallTime());
    }
}

TEST_CASE("rows that could not be written are taken again, with what came since", "[store]") {
    SeenLedger ledger;
    ledger.pushed(1, util::fromMs(20), "no answer");
    ledger.heard({1}, util::fromMs(20));
    auto rows = ledger.take(10);
    ledger.pushed(1, util::fromMs(30), "delivered");
    ledger.putBack(rows);
    rows = ledger.take(10);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].second.outcome == "delivered");
    CHECK(rows[0].second.push_at == util::fromMs(30));
    CHECK(rows[0].second.heard_at == util::fromMs(20));
}

TEST_CASE("rows are taken a few at a time", "[store]") {
    SeenLedger ledger;
    for (Id id = 1; id <= 5; ++id) ledger.heard({id}, util::fromMs(20));
    CHECK(ledger.take(3).size() == 3);
    CHECK_FALSE(ledger.empty());
    CHECK(ledger.take(3).size() == 2);
    CHECK(ledger.empty());
}

TEST_CASE("the writer hears of the first row after there was none", "[store]") {
    SeenLedger ledger;
    int calls = 0;
    ledger.onFirst([&] { ++calls; });
    ledger.heard({1}, util::fromMs(20));
    ledger.heard({1}, util::fromMs(30));
    ledger.heard({2}, util::fromMs(30));
    CHECK(calls == 1);
    ledger.take(10);
    ledger.heard({1}, util::fromMs(40));
    CHECK(calls == 2);
}

TEST_CASE("the news after news that failed is the first", "[store]") {
    SeenLedger ledger;
    int calls = 0;
    ledger.onFirst([&] { ++calls; });
    const std::string_view longer_than_memory("x", SIZE_MAX / 2);
    CHECK_THROWS(ledger.pushed(1, util::fromMs(20), longer_than_memory));

    ledger.heard({1}, util::fromMs(30));

    CHECK(calls == 1);
    CHECK_FALSE(ledger.empty());
}

TEST_CASE("rows that are put back are there to be taken", "[store]") {
    SeenLedger ledger;
    for (Id id = 1; id <= 5; ++id) ledger.heard({id}, util::fromMs(20));
    auto rows = ledger.take(10);
    REQUIRE(ledger.empty());

    ledger.putBack(rows);

    CHECK(rows.empty());
    CHECK_FALSE(ledger.empty());
    CHECK(ledger.take(10).size() == 5);
}
