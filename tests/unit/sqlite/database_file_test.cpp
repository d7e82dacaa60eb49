// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database_file.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "sqlite/query.h"
#include "support/sqlite_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;
using Catch::Matchers::Contains;

TEST_CASE("a new database's file goes if the store in it never became whole", "[sqlite]") {
    const TemporaryDirectory directory;
    const std::filesystem::path path = directory.path() / "postbell.db";
    {
        const DatabaseFile file(path);
        CHECK(file.isNew());
        std::ofstream(path) << "half a store";
    }
    CHECK_FALSE(std::filesystem::exists(path));
    {
        DatabaseFile file(path);
        std::ofstream(path) << "a store";
        file.complete();
    }
    CHECK(std::filesystem::exists(path));
    CHECK_FALSE(DatabaseFile(path).isNew());
}

TEST_CASE_METHOD(SqliteFixture, "a database that is removed or replaced takes no more writes",
                 "[sqlite]") {
    app();
    const std::filesystem::path aside = directory().path() / "aside.db";
    std::filesystem::rename(file(), aside);

    SECTION("removed") {
        CHECK_THAT(store().health(), Contains("is gone"));
    }
    SECTION("replaced") {
        std::filesystem::copy_file(aside, file());
        CHECK_THAT(store().health(), Contains("another file has taken the place"));
        std::filesystem::remove(file());
    }

    CHECK_FALSE(store().isThere());
    CHECK_THROWS_AS(store().directory().addTenant("other"), StoreError);
    CHECK_THROWS_AS(store().backup(directory().path() / "copy.db"), StoreError);
    std::filesystem::rename(aside, file());
    CHECK(store().isThere());
    CHECK(store().directory().addTenant("other"));
}

TEST_CASE_METHOD(SqliteFixture, "a log that is removed takes no more writes, and loses none",
                 "[sqlite]") {
    // A reader that looks at the log as it was before.
    CHECK_FALSE(store().directory().findTenant("nobody"));
    app();
    const std::filesystem::path log = std::filesystem::path(file()).concat("-wal");
    std::filesystem::remove(log);

    CHECK_THAT(store().health(), Contains("was removed or replaced") && Contains("Restart it"));
    CHECK_FALSE(store().isThere());
    CHECK_THROWS_AS(store().directory().addTenant("other"), StoreError);

    // As a kill leaves them: nothing of the running store's is on the disk but the database.
    const TemporaryDirectory after;
    std::filesystem::copy_file(file(), after.path() / "postbell.db");
    sqlite::Connection copy(after.path() / "postbell.db", sqlite::Connection::Access::Write, 100);
    sqlite::Query tenants(copy, "SELECT count(*) FROM tenant");
    REQUIRE(tenants.next());
    CHECK(tenants.number(0) == 1);
}

TEST_CASE_METHOD(SqliteFixture, "a restored backup is not opened with the log of the lost database",
                 "[sqlite]") {
    app();
    const std::filesystem::path backup = directory().path() / "copy.db";
    store().backup(backup);
    const TemporaryDirectory restored;
    const std::filesystem::path database = restored.path() / "postbell.db";
    const std::filesystem::path log = restored.path() / "postbell.db-wal";
    std::filesystem::copy_file(backup, database);
    std::filesystem::copy_file(std::filesystem::path(file()).concat("-wal"), log);

    CHECK_THROWS_WITH(DatabaseFile(database),
                      Contains("is a restored backup") && Contains("remove " + log.string()));

    std::filesystem::remove(log);
    CHECK_NOTHROW(DatabaseFile(database));
}

TEST_CASE_METHOD(SqliteFixture, "a backup that is told to stop leaves nothing", "[sqlite]") {
    for (int i = 0; i < 300; ++i) registered("t" + std::to_string(i), "a");
    const std::filesystem::path copy = directory().path() / "copy.db";
    std::stop_source stop;
    stop.request_stop();

    CHECK_THROWS_WITH(store().backup(copy, stop.get_token()), Contains("was not written"));

    CHECK_FALSE(std::filesystem::exists(copy));
    CHECK_FALSE(std::filesystem::exists(copy.string() + ".part"));
    CHECK_NOTHROW(store().backup(copy));
}

TEST_CASE_METHOD(SqliteFixture, "a backup has its name only when it is whole", "[sqlite]") {
    const std::filesystem::path copy = directory().path() / "copy.db";
    const std::filesystem::path part = directory().path() / "copy.db.part";
    const std::filesystem::path journal = directory().path() / "copy.db.part-journal";
    std::ofstream(part) << "what an interrupted backup has left";
    std::ofstream(journal) << "beside it";

    store().backup(copy);

    CHECK(std::filesystem::status(copy).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK_FALSE(std::filesystem::exists(part));
    CHECK_FALSE(std::filesystem::exists(journal));
    CHECK_THROWS_WITH(store().backup(copy), Contains("File exists"));
    CHECK_THROWS_WITH(store().backup(directory().path() / "none" / "copy.db"),
                      Contains("cannot be made"));
}

TEST_CASE_METHOD(SqliteFixture, "a backup has no name that SQLite would take for a log",
                 "[sqlite]") {
    for (const char* name : {"postbell.db-journal", "copy.db-wal", "copy.db-shm"}) {
        const std::string copy = directory().path() / name;
        CHECK_THROWS_WITH(store().backup(copy), Contains("choose another name"));
    }
}
