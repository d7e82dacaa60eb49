// SPDX-License-Identifier: Apache-2.0
#include "sqlite/reader_pool.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "support/failing_new.h"
#include "support/sqlite_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using testing::endOfFailures;
using testing::failAllocations;

TEST_CASE("a reader is given back where memory is short, and lent again", "[sqlite]") {
    const store::SqliteFixture store;
    const DatabaseFile file(store.file());
    ReaderPool pool(file);

    auto reader = pool.lend(Reads::AllTables);
    SECTION("with the newest snapshot, which stays") {}
    SECTION("with an old snapshot, which ends") {
        pool.committed(Changed::Anything);
    }
    failAllocations(0, 1'000);
    pool.takeBack(std::move(reader), false);
    endOfFailures();

    reader = pool.lend(Reads::AllTables);
    CHECK_FALSE(reader->tables().meta().find("none"));
    pool.takeBack(std::move(reader), false);
}

TEST_CASE("a read is silent from its last sign of life on, until it ends", "[sqlite]") {
    const store::SqliteFixture store;
    const DatabaseFile file(store.file());
    ReaderPool pool(file);
    CHECK_FALSE(pool.silentSince());
    const util::RealTime before = util::realNow();

    auto reader = pool.lend(Reads::AllTables);
    const auto begun = pool.silentSince();
    REQUIRE(begun);
    CHECK(*begun >= before);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));

    SECTION("one that runs shows that it lives") {
        for (int i = 0; i < 1'000; ++i) reader->tables().tenants().list();
        CHECK(*pool.silentSince() > *begun);
    }
    SECTION("one that does not go on does not") {
        auto other = pool.lend(Reads::AllTables);
        CHECK(*pool.silentSince() == *begun);
        pool.takeBack(std::move(other), false);
        CHECK(*pool.silentSince() == *begun);
    }

    pool.takeBack(std::move(reader), false);
    pool.renewSnapshots(std::chrono::milliseconds(0));
    CHECK_FALSE(pool.silentSince());
}
