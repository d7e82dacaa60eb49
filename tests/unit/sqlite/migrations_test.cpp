// SPDX-License-Identifier: Apache-2.0
#include "sqlite/migrations.h"

#include <fstream>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "sqlite/query.h"
#include "support/sqlite_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using Catch::Matchers::Contains;

namespace {

/// An empty file, that is brought to schemas of the test's.
struct Bench {
    void bring(std::int64_t first, const std::vector<const char*>& steps) {
        migrate(*connection, file, {first, steps});
    }
    std::int64_t tables() {
        Query query(*connection, "SELECT count(*) FROM sqlite_schema");
        query.next();
        return query.number(0);
    }

    const testing::TemporaryFolder folder;
    const std::filesystem::path file = folder.file("m.db");
    std::optional<Connection> connection{[this] {
        std::ofstream(file).close();
        return Connection(file, Connection::Access::Write, 100);
    }()};
};

constexpr const char* kA = "CREATE TABLE a (x)";
constexpr const char* kB = "CREATE TABLE b (x)";
constexpr const char* kBroken = "CREATE TABLE c (x); CREATE TABLE a (x)";

}  // namespace

TEST_CASE("migrations run once each, and one that fails changes nothing", "[sqlite]") {
    Bench bench;
    bench.bring(5, {kA});
    CHECK(bench.tables() == 1);
    bench.bring(5, {kA, kB});
    bench.bring(5, {kA, kB});
    CHECK(bench.tables() == 2);
    CHECK_THROWS(bench.bring(5, {kA, kB, kBroken}));
    CHECK(bench.tables() == 2);
    CHECK(versionOf(*bench.connection, bench.file, {5, std::vector<const char*>{kA, kB}}) == 6);
}

TEST_CASE("a newer schema is refused, and one of before the first step", "[sqlite]") {
    Bench bench;
    bench.bring(5, {kA, kB});
    CHECK_THROWS_WITH(bench.bring(5, {kA}), Contains("newer Postbell (its schema is 6"));
    CHECK_THROWS_WITH(bench.bring(7, {kA}),
                      Contains("before the first release") && Contains("register by themselves"));
    CHECK(bench.tables() == 2);
}

TEST_CASE_METHOD(store::SqliteFixture, "a database that is set back to an older version is refused",
                 "[sqlite][row:STORE-8]") {
    app();
    close();
    for (const char* version : {"12", "1"}) {
        Connection(file(), Connection::Access::Write, 100)
            .execute(std::string("PRAGMA user_version = ") + version);
        CHECK_THROWS_WITH(open(), Contains("before the first release"));
    }
    Connection(file(), Connection::Access::Write, 100).execute("PRAGMA user_version = 0");
    CHECK_THROWS_AS(open(), store::StoreError);
}
