// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <csignal>
#include <fstream>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "sqlite/migrations.h"
#include "sqlite/query.h"
#include "sqlite/store_url.h"
#include "support/store_fixture.h"
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

TEST_CASE("a master key file is read only if nobody else can", "[sqlite]") {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "master.key";
    const std::string bytes = "0123456789abcdef0123456789abcdef";
    const std::string good = postbell::util::base64Encode(bytes) + "\n";

    CHECK_THROWS_WITH(MasterKey::read(file), Contains("is missing") && Contains(file.string()));
    for (const mode_t mode : {0600u, 0400u}) {
        write(file, good, mode);
        CHECK(MasterKey::read(file).bytes() == bytes);
    }
    for (const mode_t mode : {0644u, 0640u, 0660u, 0700u}) {
        ::chmod(file.c_str(), mode);
        CHECK_THROWS_WITH(MasterKey::read(file), Contains("has mode 0"));
    }
    write(file, postbell::util::base64Encode("short"), 0600);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("has 5 bytes; it must have 32"));
    write(file, "not base64!", 0600);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("is not base64"));
    write(file, "", 0600);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("is empty"));
    write(file, std::string(5000, 'A'), 0600);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("larger than 1024 bytes"));
    CHECK_THROWS_WITH(MasterKey::read(directory.path()), Contains("is a folder"));
    write(file, postbell::util::base64Encode(std::string(32, 'k')), 0600);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("all its bytes are the same"));
    CHECK_THROWS_WITH(MasterKey::parse("AAAA", "POSTBELL_MASTER_KEY"),
                      Contains("POSTBELL_MASTER_KEY"));
    if (::geteuid() == 0) {
        write(file, good, 0600);
        REQUIRE(::chown(file.c_str(), 4242, 4242) == 0);
        CHECK(MasterKey::read(file).bytes() == bytes);
    }
}

TEST_CASE("a new master key is private and overwrites nothing", "[sqlite]") {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "master.key";

    const MasterKey made = MasterKey::create(file);

    CHECK(modeOf(file) == 0600);
    CHECK(MasterKey::read(file).bytes() == made.bytes());
    CHECK_THROWS_WITH(MasterKey::create(file), Contains("exists and is not overwritten"));
    CHECK_THROWS_WITH(MasterKey::create(directory.path() / "no" / "key"),
                      Contains("cannot be created"));
}

TEST_CASE_METHOD(StoreFixture, "what root makes in the service's folder is the service's",
                 "[sqlite]") {
    if (::geteuid() != 0) return;
    close();
    const std::filesystem::path folder = directory().path() / "service";
    std::filesystem::create_directory(folder);
    REQUIRE(::chown(folder.c_str(), 4242, 4243) == 0);

    const auto opened = openStore(StoreLock::tryAcquire(folder / "postbell.db").value(),
                                  Sealer(testKey()), clock(), log());
    MasterKey::create(folder / "master.key");

    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        struct stat status {};
        REQUIRE(::stat(entry.path().c_str(), &status) == 0);
        INFO(entry.path());
        CHECK(status.st_uid == 4242);
        CHECK(status.st_gid == 4243);
    }
}

TEST_CASE_METHOD(StoreFixture, "a lock is never written through a link", "[sqlite]") {
    const std::filesystem::path other = directory().path() / "somebody's";
    write(other, "content", 0600);
    std::filesystem::create_symlink(other, directory().path() / "linked.db.lock");

    CHECK_THROWS_WITH(StoreLock::tryAcquire(directory().path() / "linked.db"),
                      Contains("linked.db.lock"));

    CHECK(std::filesystem::file_size(other) == 7);
}

TEST_CASE("a sealed value opens in its place only", "[sqlite]") {
    const Sealer sealer(testKey());
    const std::string sealed = sealer.seal("device.token", "1", "secret");

    CHECK(sealer.open("device.token", "1", sealed) == "secret");
    CHECK_THROWS_AS(sealer.open("device.token", "2", sealed), SealError);
    CHECK_THROWS_AS(sealer.open("credential.content", "1", sealed), SealError);
    CHECK_THROWS_AS(sealer.open("device.token", "1", ""), SealError);
    CHECK_THROWS_WITH(Sealer(testKey(), 2).open("device.token", "1", sealed),
                      Contains("master key 1; this one is 2"));
}

TEST_CASE("a store's url names an absolute file", "[sqlite]") {
    for (const char* good :
         {"sqlite:///var/lib/postbell.db", "sqlite:////var/lib/postbell.db",
          "sqlite:///var/lib/./postbell.db", "sqlite:///var/run/../lib//postbell.db"})
        CHECK(StoreUrl::parse(good).value().file() == "/var/lib/postbell.db");
    for (const char* bad : {"", "postbell.db", "postgresql://localhost/postbell",
                            "sqlite:postbell.db", "sqlite://postbell.db", "sqlite://", "sqlite:///",
                            "sqlite:///dir/", "sqlite:///dir/.", "sqlite:///a.db?mode=ro"}) {
        const auto url = StoreUrl::parse(bad);
        CHECK_FALSE(url);
        CHECK_THAT(url.problem(), Contains("sqlite:///var/lib/postbell/postbell.db"));
    }
    CHECK_FALSE(StoreUrl::parse(std::string_view("sqlite:///a\0b", 12)));
}

TEST_CASE_METHOD(StoreFixture, "a database is private and held by one", "[sqlite]") {
    app();

    CHECK(modeOf(file()) == 0600);
    CHECK(modeOf(file().string() + "-wal") == 0600);
    CHECK_FALSE(StoreLock::tryAcquire(file()));
    CHECK(StoreLock::holder(file()) == ::getpid());
    close();
    CHECK(StoreLock::tryAcquire(file()));
    CHECK(StoreLock::holder(directory().path() / "other.db") == 0);
}

TEST_CASE_METHOD(StoreFixture, "a wrong master key is recognised", "[sqlite]") {
    close();
    const Sealer other(
        MasterKey::parse(postbell::util::base64Encode("another key, of thirty-two bytes"),
                         "/etc/postbell/master.key"));

    CHECK_THROWS_WITH(openStore(StoreLock::tryAcquire(file()).value(), other, clock(), log()),
                      Contains("the master key in /etc/postbell/master.key is not the one this "
                               "database was sealed with"));
    CHECK_NOTHROW(open());
}

TEST_CASE_METHOD(StoreFixture, "what is not this version's database is refused with a sentence",
                 "[sqlite]") {
    close();
    const auto tryOpen = [&](const std::filesystem::path& path) {
        openStore(StoreLock::tryAcquire(path).value(), Sealer(testKey()), clock(), log());
    };

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

TEST_CASE_METHOD(StoreFixture, "a first start on a full disk leaves no empty database behind",
                 "[sqlite]") {
    const std::filesystem::path path = directory().path() / "first.db";
    StoreLock lock = StoreLock::tryAcquire(path).value();
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit full = before;
    full.rlim_cur = 0;
    ::setrlimit(RLIMIT_FSIZE, &full);

    std::string reason;
    try {
        openStore(std::move(lock), Sealer(testKey()), clock(), log());
    } catch (const StoreError& error) {
        reason = error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);

    CHECK_THAT(reason, Contains("first.db"));
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("migrations run once each, and one that fails changes nothing", "[sqlite]") {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "m.db";
    write(file, "", 0600);
    Connection connection(file, Connection::Access::Write, 100);
    const auto tables = [&] {
        Query query(connection, "SELECT count(*) FROM sqlite_schema");
        query.next();
        return query.number(0);
    };
    const Sealer sealer(testKey());
    const std::array one = {Migration{"CREATE TABLE a (x)"}};
    const std::array two = {one[0], Migration{"CREATE TABLE b (x)"}};
    const std::array broken = {two[0], two[1], Migration{"CREATE TABLE c (x); CREATE TABLE a (x)"}};

    migrate(connection, file, sealer, one);
    CHECK(tables() == 1);
    migrate(connection, file, sealer, two);
    migrate(connection, file, sealer, two);
    CHECK(tables() == 2);
    CHECK_THROWS(migrate(connection, file, sealer, broken));
    CHECK(tables() == 2);
    CHECK_THROWS_WITH(migrate(connection, file, sealer, one), Contains("newer Postbell"));
}

TEST_CASE_METHOD(StoreFixture, "a database that may not be written does not open", "[sqlite]") {
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
            openStore(StoreLock::tryAcquire(file()).value(), Sealer(testKey()), clock(), log());
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
