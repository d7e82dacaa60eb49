// SPDX-License-Identifier: Apache-2.0
#include "app/open_store.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

#include "store/records/store_error.h"
#include "support/temporary_folder.h"

using namespace postbell;
using namespace postbell::app;
using Catch::Matchers::Contains;

namespace {

struct Bench {
    config::Config load(const std::string& url) const {
        std::ofstream(folder.file("postbell.toml"))
            << "[secrets]\nmaster_key_file = \"master.key\"\n\n[store]\nurl = \"" << url << "\"\n";
        return loadConfig(folder.file("postbell.toml"));
    }
    void make(const std::string& name, const std::string& text = {}) const {
        std::ofstream(folder.file(name)) << text;
    }

    testing::TemporaryFolder folder;
};

}  // namespace

TEST_CASE("the admin token lies beside the database, however its place is written") {
    const Bench bench;
    const std::string folder = bench.folder.path().string();
    for (const std::string& at : {folder, folder + "/.", folder + "/other/.."})
        CHECK(bench.load("sqlite://" + at + "/postbell.db").admin.token_file ==
              bench.folder.file("admin.token"));
}

TEST_CASE("a store's url that no engine takes is an error of the config, with its place") {
    const Bench bench;
    CHECK_THROWS_AS(bench.load("mysql://db/p"), config::ConfigError);
    CHECK_THROWS_WITH(bench.load("mysql://db/p"),
                      Contains("postbell.toml:5:") && Contains("[store] url") &&
                          Contains("\"mysql://db/p\"") && Contains("sqlite:///var/lib"));
}

TEST_CASE("where there never was a store, none is lost") {
    const Bench bench;
    CHECK_NOTHROW(refuseLostStore(bench.load("sqlite://" + bench.folder.file("postbell.db"))));
}

TEST_CASE("a store is lost where an earlier start left a trace and there is no database") {
    const Bench bench;
    SECTION("its write-ahead log") {
        bench.make("postbell.db-wal");
    }
    SECTION("the note in its lock") {
        bench.make("postbell.db.lock", "1\nstore\n");
    }
    SECTION("the admin token beside it") {
        bench.make("admin.token");
    }
    const std::string folder = bench.folder.path().string();
    for (const std::string& at : {folder, folder + "/."}) {
        const config::Config config = bench.load("sqlite://" + at + "/postbell.db");
        CHECK_THROWS_AS(refuseLostStore(config), store::StoreError);
        CHECK_THROWS_WITH(refuseLostStore(config), Contains("restore it from a backup"));
    }

    bench.make("postbell.db");
    CHECK_NOTHROW(refuseLostStore(bench.load("sqlite://" + folder + "/postbell.db")));
}

TEST_CASE("one process holds the permission to open a store, and is named") {
    const Bench bench;
    const config::Config config = bench.load("sqlite://" + bench.folder.file("postbell.db"));
    CHECK_FALSE(storePlace(config)->isHeld());
    {
        const auto permit = StorePermit::tryTake(config);
        REQUIRE(permit);
        CHECK_FALSE(StorePermit::tryTake(config));
        CHECK(storePlace(config)->isHeld());
        CHECK(storePlace(config)->holder() == ::getpid());
    }
    CHECK_FALSE(storePlace(config)->isHeld());
}
