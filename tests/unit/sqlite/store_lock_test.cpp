// SPDX-License-Identifier: Apache-2.0
#include "sqlite/store_lock.h"

#include <catch2/catch.hpp>

#include "support/sqlite_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;
using Catch::Matchers::Contains;

TEST_CASE_METHOD(SqliteFixture, "a lock file that is removed lets nobody in", "[sqlite]") {
    const std::filesystem::path lock = std::filesystem::path(file()).concat(".lock");
    std::filesystem::remove(lock);

    CHECK(store().isThere());

    CHECK(std::filesystem::exists(lock));
    CHECK_FALSE(StoreLock::tryAcquire(file()));
    CHECK_FALSE(StoreLock::traces(file()).empty());
}

TEST_CASE_METHOD(SqliteFixture, "who comes between the removal and its discovery is alone",
                 "[sqlite]") {
    std::filesystem::remove(std::filesystem::path(file()).concat(".lock"));
    const auto other = StoreLock::tryAcquire(file());
    REQUIRE(other);

    CHECK_FALSE(store().isThere());
    CHECK_THAT(store().health(), Contains("another process has the database now"));
    CHECK_THROWS_AS(store().directory().addTenant("other"), StoreError);
}

TEST_CASE_METHOD(SqliteFixture, "a database is held by one, whatever symbolic links lead to it",
                 "[sqlite]") {
    const std::filesystem::path link = directory().path() / "link.db";
    std::filesystem::create_symlink(file(), link);
    const std::filesystem::path folder = directory().path() / "folder";
    std::filesystem::create_directory_symlink(directory().path(), folder);

    for (const auto& name : {link, folder / "postbell.db", folder / "link.db"}) {
        INFO(name);
        CHECK_FALSE(StoreLock::tryAcquire(name));
        CHECK(StoreLock::holder(name) == ::getpid());
    }

    close();
    const auto lock = StoreLock::tryAcquire(link);
    REQUIRE(lock);
    CHECK(lock->database() == std::filesystem::canonical(file()));
    CHECK_FALSE(StoreLock::tryAcquire(file()));
}

TEST_CASE_METHOD(SqliteFixture, "a database that is not there yet is held through links as well",
                 "[sqlite]") {
    const std::filesystem::path folder = directory().path() / "folder";
    std::filesystem::create_directory_symlink(directory().path(), folder);

    const auto lock = StoreLock::tryAcquire(folder / "new.db");

    REQUIRE(lock);
    CHECK_FALSE(StoreLock::tryAcquire(directory().path() / "new.db"));
}

TEST_CASE_METHOD(SqliteFixture, "a database with a hard link is refused under either name",
                 "[sqlite]") {
    const std::filesystem::path other = directory().path() / "other.db";
    std::filesystem::create_hard_link(file(), other);

    CHECK_THROWS_WITH(StoreLock::tryAcquire(other), Contains("has 2 names"));
    close();
    CHECK_THROWS_WITH(StoreLock::tryAcquire(file()), Contains("has 2 names"));

    std::filesystem::remove(other);
    CHECK(StoreLock::tryAcquire(file()));
}

TEST_CASE_METHOD(SqliteFixture, "a lock remembers that there was a store", "[sqlite]") {
    const std::filesystem::path fresh = directory().path() / "fresh.db";
    CHECK_FALSE(StoreLock::isHeld(fresh));
    {
        const auto lock = StoreLock::tryAcquire(fresh);
        CHECK(StoreLock::isHeld(fresh));
        CHECK(StoreLock::traces(fresh).empty());
    }
    CHECK(StoreLock::isHeld(file()));
    close();
    CHECK_FALSE(StoreLock::isHeld(file()));
    std::filesystem::remove(file());

    const auto again = StoreLock::tryAcquire(file());

    CHECK(StoreLock::traces(file()) ==
          std::vector<std::filesystem::path>{file().string() + ".lock"});
}
