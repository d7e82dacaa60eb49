// SPDX-License-Identifier: Apache-2.0
#include "app/gateway_clock.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/full_disk.h"
#include "support/temporary_folder.h"

using namespace postbell;
using app::GatewayClock;
using Catch::Matchers::Contains;
using util::SystemClock;

namespace {

/// Beside the database, with the time at which the clock began.
void writeBegin(const testing::TemporaryFolder& folder, util::WallTime begin) {
    std::ofstream(folder.file("p.db.clock")) << util::toMs(begin) << "\n";
}

}  // namespace

TEST_CASE("at speed 1 the gateway's clock is the machine's, and needs no file") {
    const testing::TemporaryFolder folder;
    const GatewayClock clock(1.0, folder.file("p.db"));
    const util::WallTime before = SystemClock().wall();
    CHECK(clock.wall() >= before);
    CHECK(clock.wall() <= SystemClock().wall());
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a fast clock goes on between starts, as if none had come") {
    const testing::TemporaryFolder folder;
    const util::WallTime now = SystemClock().wall();
    writeBegin(folder, now - std::chrono::hours(1));
    const GatewayClock clock(100.0, folder.file("p.db"));

    // It has run for an hour, as 100 hours; a minute is for a slow machine.
    const util::WallTime expected = now - std::chrono::hours(1) + std::chrono::hours(100);
    CHECK(clock.wall() >= expected);
    CHECK(clock.wall() < expected + std::chrono::minutes(100));
}

TEST_CASE("a fast clock's first start is the time at which it began") {
    const testing::TemporaryFolder folder;
    const util::WallTime before = SystemClock().wall();
    const util::WallTime first = GatewayClock(1'000.0, folder.file("p.db")).wall();
    const util::WallTime second = GatewayClock(1'000.0, folder.file("p.db")).wall();
    CHECK(first >= before);
    // The file has whole milliseconds, each of which is a second here.
    CHECK(second >= first - std::chrono::seconds(2));
}

TEST_CASE("a fast clock never begins after the machine's time, which may have been set back") {
    const testing::TemporaryFolder folder;
    const util::WallTime now = SystemClock().wall();
    writeBegin(folder, now + std::chrono::hours(24));
    const GatewayClock clock(2.0, folder.file("p.db"));
    CHECK(clock.wall() >= now);
    CHECK(clock.wall() < now + std::chrono::hours(1));
}

TEST_CASE(
    "a fast clock's file that says nothing is refused, and one that a full disk does not take "
    "is not left") {
    const testing::TemporaryFolder folder;
    {
        const testing::FullDisk full;
        CHECK_THROWS_WITH(GatewayClock(2.0, folder.file("p.db")), Contains("cannot be made"));
    }
    CHECK(std::filesystem::is_empty(folder.path()));

    std::ofstream(folder.file("p.db.clock")) << "no time\n";
    CHECK_THROWS_WITH(GatewayClock(2.0, folder.file("p.db")), Contains("remove it"));
}
