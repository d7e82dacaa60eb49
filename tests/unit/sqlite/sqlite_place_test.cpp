// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_place.h"

#include <catch2/catch.hpp>

using namespace postbell::sqlite;
using Catch::Matchers::Contains;

TEST_CASE("a store's url names an absolute file", "[sqlite]") {
    for (const char* good :
         {"sqlite:///var/lib/postbell.db", "sqlite:////var/lib/postbell.db",
          "sqlite:///var/lib/./postbell.db", "sqlite:///var/run/../lib//postbell.db"})
        CHECK(sqlitePlace(good).value()->name() == "/var/lib/postbell.db");
    for (const char* bad : {"", "postbell.db", "postgresql://localhost/postbell",
                            "sqlite:postbell.db", "sqlite://postbell.db", "sqlite://", "sqlite:///",
                            "sqlite:///dir/", "sqlite:///dir/.", "sqlite:///a.db?mode=ro"}) {
        const auto url = sqlitePlace(bad);
        CHECK_FALSE(url);
        CHECK_THAT(url.problem(), Contains("sqlite:///var/lib/postbell/postbell.db"));
    }
    CHECK_FALSE(sqlitePlace(std::string_view("sqlite:///a\0b", 12)));
}
