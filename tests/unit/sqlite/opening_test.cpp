// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <fstream>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "sqlite/connection.h"
#include "sqlite/store_lock.h"
#include "support/sqlite_fixture.h"
#include "util/codec.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;
using Catch::Matchers::Contains;

namespace {

void write(const std::filesystem::path& file, const std::string& text, mode_t mode) {
    std::ofstream(file) << text;
    REQUIRE(::chmod(file.c_str(), mode) == 0);
}

mode_t modeOf(const std::filesystem::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777u;
}

}  // namespace

TEST_CASE_METHOD(SqliteFixture, "what root makes in the service's folder is the service's",
                 "[sqlite]") {
    if (::geteuid() != 0) return;
    close();
    const std::filesystem::path folder = directory().path() / "service";
    std::filesystem::create_directory(folder);
    REQUIRE(::chown(folder.c_str(), 4242, 4243) == 0);

    const auto opened = openFile(folder / "postbell.db");
    MasterKey::create(folder / "master.key");

    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        struct stat status {};
        REQUIRE(::stat(entry.path().c_str(), &status) == 0);
        INFO(entry.path());
        CHECK(status.st_uid == 4242);
        CHECK(status.st_gid == 4243);
    }
}

TEST_CASE_METHOD(SqliteFixture, "a lock is never written through a link", "[sqlite]") {
    const std::filesystem::path other = directory().path() / "somebody's";
    write(other, "content", 0600);
    std::filesystem::create_symlink(other, directory().path() / "linked.db.lock");

    CHECK_THROWS_WITH(StoreLock::tryAcquire(directory().path() / "linked.db"),
                      Contains("linked.db.lock"));

    CHECK(std::filesystem::file_size(other) == 7);
}

TEST_CASE_METHOD(SqliteFixture, "a database is private and held by one", "[sqlite]") {
    app();

    CHECK(modeOf(file()) == 0600);
    CHECK(modeOf(file().string() + "-wal") == 0600);
    CHECK_FALSE(StoreLock::tryAcquire(file()));
    CHECK(StoreLock::holder(file()) == ::getpid());
    close();
    CHECK(StoreLock::tryAcquire(file()));
    CHECK(StoreLock::holder(directory().path() / "other.db") == 0);
}

TEST_CASE_METHOD(SqliteFixture, "a wrong master key is recognised", "[sqlite]") {
    close();
    const Sealer other(MasterKey::parse("idaYvPYnVstGOCsbvIf2U9mH5tpPUMlKNlZFC5JreGQ=",
                                        "/etc/postbell/master.key"));

    CHECK_THROWS_WITH(openFile(file(), other),
                      Contains("the master key in /etc/postbell/master.key is not the one this "
                               "database was sealed with"));
    CHECK_NOTHROW(open());
}

TEST_CASE_METHOD(SqliteFixture, "what is not this version's database is refused with a sentence",
                 "[sqlite]") {
    close();
    const auto tryOpen = [&](const std::filesystem::path& path) { openFile(path); };

    SECTION("a newer one") {
        Connection(file(), Connection::Access::Write, 100).execute("PRAGMA user_version = 99");
        CHECK_THROWS_WITH(tryOpen(file()),
                          Contains("was written by a newer Postbell (its schema is 99"));
    }
    SECTION("somebody else's") {
        const std::filesystem::path path = directory().path() / "other.db";
        SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
            .exec("CREATE TABLE x (y)");
        CHECK_THROWS_WITH(tryOpen(path), Contains("is not one of Postbell's"));
    }
    SECTION("a text") {
        const std::filesystem::path path = directory().path() / "text.db";
        write(path, std::string(5000, 'x'), 0600);
        CHECK_THROWS_WITH(tryOpen(path), Contains("it is not a SQLite database"));
    }
    SECTION("an empty file, which may be all that is left of a store") {
        const std::filesystem::path path = directory().path() / "empty.db";
        write(path, "", 0600);
        CHECK_THROWS_WITH(tryOpen(path), Contains("is an empty file") && Contains("backup"));
        CHECK(std::filesystem::exists(path));
    }
    SECTION("a database without tables, which is what an interrupted copy leaves") {
        const std::filesystem::path path = directory().path() / "cut.db";
        SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
            .exec("PRAGMA journal_mode = WAL");
        REQUIRE(std::filesystem::file_size(path) > 0);
        CHECK_THROWS_WITH(tryOpen(path), Contains("has no tables") && Contains("backup"));
        CHECK(std::filesystem::exists(path));
    }
    SECTION("a folder that is not there") {
        CHECK_THROWS_WITH(tryOpen(directory().path() / "no" / "postbell.db"),
                          Contains("there is no folder " + (directory().path() / "no").string()));
    }
}

// A disk that fails to read for a moment looks the same, and the log is a part of a whole database.
TEST_CASE_METHOD(SqliteFixture, "a damaged database is to be restored, and its log is let be",
                 "[sqlite]") {
    app();
    close();
    const auto bytes = std::filesystem::file_size(file());
    std::fstream damaged(file(), std::ios::in | std::ios::out);
    damaged.seekp(100) << std::string(bytes - 100, '\xff');
    damaged.close();

    CHECK_THROWS_WITH(
        openFile(file()),
        Contains("restore it from a backup while no gateway runs") && !Contains("-wal"));
}

TEST_CASE_METHOD(SqliteFixture, "a first start on a full disk leaves no empty database behind",
                 "[sqlite]") {
    const std::filesystem::path path = directory().path() / "first.db";
    const auto permit = sqlitePlace("sqlite://" + path.string()).value()->tryTake();
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit full = before;
    full.rlim_cur = 0;
    ::setrlimit(RLIMIT_FSIZE, &full);

    std::string reason;
    try {
        permit->open({Sealer(testKey()), clock(), log()});
    } catch (const StoreError& error) {
        reason = error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);

    CHECK_THAT(reason, Contains("first.db"));
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE_METHOD(SqliteFixture, "a database that may not be written does not open", "[sqlite]") {
    app();
    close();
    REQUIRE(::chmod(file().c_str(), 0444) == 0);
    REQUIRE(::chmod(directory().path().c_str(), 0755) == 0);
    std::ofstream(file().string() + ".lock").close();
    REQUIRE(::chmod((file().string() + ".lock").c_str(), 0666) == 0);

    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
        try {
            openFile(file());
        } catch (const StoreError& error) {
            ::_exit(std::string(error.what()).find("may not be written") != std::string::npos ? 0
                                                                                              : 3);
        }
        ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
}
