// SPDX-License-Identifier: Apache-2.0
#include "sqlite/reader_pool.h"

#include <catch2/catch.hpp>

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
