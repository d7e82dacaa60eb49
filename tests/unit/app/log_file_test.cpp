// SPDX-License-Identifier: Apache-2.0
#include "app/log_file.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using Catch::Contains;

namespace {

struct Fixture {
    store::TemporaryDirectory directory;
    config::Config config;

    Fixture() {
        config.file = in("postbell.toml");
        config.store.url = "sqlite://" + in("postbell.db");
        config.secrets.master_key_file = in("master.key");
        config.admin.token_file = in("admin.token");
        config.mailbox.name = "mailbox";
        config.mailbox.tls_key = in("tls.key");
        config::PluginSection section;
        section.instance = "office365";
        section.file = config.file;
        *section.own = {{"client", {{"secret_file", "client.secret"}}}};
        config.backends.push_back(section);
    }
    std::string in(const char* name) const { return (directory.path() / name).string(); }
    std::string conflict(const std::string& file) {
        config.log.file = file;
        return app::logFileConflict(config);
    }
};

}  // namespace

TEST_CASE("a log has a file of its own") {
    Fixture f;
    CHECK(f.conflict("").empty());
    CHECK(f.conflict(f.in("postbell.log")).empty());
    CHECK_THAT(f.conflict(f.in("postbell.db")), Contains("a file of the database"));
    CHECK_THAT(f.conflict(f.in("postbell.db-wal")), Contains("a file of the database"));
    CHECK_THAT(f.conflict(f.in("./master.key")), Contains("the master key"));
    CHECK_THAT(f.conflict(f.in("admin.token")), Contains("the admin token"));
    CHECK_THAT(f.conflict(f.in("tls.key")), Contains("the key of listener.mailbox"));
    CHECK_THAT(f.conflict(f.in("client.secret")), Contains("[[backend]] office365"));
    CHECK_THROWS_WITH(app::refuseLogFile(f.config), Contains("[log] file"));
}

TEST_CASE("a log does not go through a link to the master key") {
    Fixture f;
    std::ofstream(f.in("master.key")) << "key";
    std::filesystem::create_symlink(f.in("master.key"), f.in("postbell.log"));
    CHECK_THAT(f.conflict(f.in("postbell.log")), Contains("the master key"));
}
