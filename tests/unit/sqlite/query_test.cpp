// SPDX-License-Identifier: Apache-2.0
#include "sqlite/query.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "support/sqlite_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;

// A text that may be gone before its statement is no Sql.
static_assert(!std::is_convertible_v<std::string, Sql>);
static_assert(!std::is_convertible_v<std::string_view, Sql>);

namespace {

struct Rig {
    TemporaryDirectory directory;
    Connection connection{made(directory.path() / "q.db"), Connection::Access::Write, 100};

    Rig() { connection.execute("CREATE TABLE t (a, b)"); }
    static std::filesystem::path made(const std::filesystem::path& file) {
        std::ofstream(file).close();
        return file;
    }
};

std::string selecting(int number) {
    return "SELECT " + std::to_string(number);
}

}  // namespace

TEST_CASE("a text that was put together is one statement, however often that happens", "[sqlite]") {
    Rig rig;
    CHECK(Sql::kept(selecting(1)).text() == Sql::kept(selecting(1)).text());
    CHECK(rig.connection.statement(Sql::kept(selecting(1))) ==
          rig.connection.statement(Sql::kept(selecting(1))));
    for (int number = 1; number <= 3; ++number) {
        Query query(rig.connection, Sql::kept(selecting(number)));
        REQUIRE(query.next());
        CHECK(query.number(0) == number);
    }
}

TEST_CASE("an empty text and empty bytes are values, and only nothing is NULL", "[sqlite]") {
    Rig rig;
    const auto stored = [&](const auto& value) {
        Query(rig.connection, "DELETE FROM t").run();
        CHECK(Query(rig.connection, "INSERT INTO t (a) VALUES (?1)", value).run() == 1);
        Query query(rig.connection, "SELECT typeof(a), a FROM t");
        REQUIRE(query.next());
        CHECK(query.text(1).empty());
        return query.text(0);
    };
    CHECK(stored(std::string_view()) == "text");
    CHECK(stored(Blob{}) == "blob");
    CHECK(stored(nullptr) == "null");
    CHECK(stored(std::optional<std::string_view>()) == "null");
    CHECK(stored(std::optional<std::string_view>("")) == "text");
}

TEST_CASE("a statement that was refused can run again", "[sqlite]") {
    Rig rig;
    rig.connection.execute("CREATE UNIQUE INDEX u ON t (a)");
    const auto insert = [&](int value) {
        Query(rig.connection, "INSERT INTO t (a) VALUES (?1)", value).run();
    };
    insert(1);
    CHECK_THROWS_AS(insert(1), StoreError);
    CHECK_NOTHROW(insert(2));
}
