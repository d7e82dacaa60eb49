// SPDX-License-Identifier: Apache-2.0
#include "admin/audited_commands.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "admin/operation.h"
#include "store/records/store_error.h"
#include "support/empty_directory.h"
#include "support/fake_clock.h"
#include "support/store_fixture.h"
#include "web/problem.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

struct Trail final : testing::EmptyDirectory {
    void audit(const std::string& who, const std::string& what, util::WallTime) override {
        if (away) throw store::StoreError("the disk is full");
        lines.push_back(who + ": " + what);
    }
    bool away = false;
    std::vector<std::string> lines;
};

struct Fixture {
    Fixture() {
        commands.table()["app/set"] = {
            [this](const Json& arguments) -> Json {
                trail_at_change = trail.lines;
                if (arguments.contains("refuse")) throw web::Problem(409, "it is refused");
                ++changes;
                return {{"changed", true}};
            },
            Effect::Changes,
            {"tenant", "app", "provider", "registration", "push_settings", "refuse"}};
        commands.table()["app/remove"] = {
            [](const Json&) {
                return Work([](Operation&) -> Json { throw web::Problem(503, "stopped"); });
            },
            Effect::Changes,
            {"app"}};
        commands.table()["app/list"] = {[](const Json&) -> Json {
                                            return {{"apps", 0}};
                                        },
                                        Effect::Reads,
                                        {}};
    }
    Json call(const char* name, const Json& arguments = Json::object()) const {
        return commands.call(name, arguments, "admin", finishNow);
    }

    Trail trail;
    testing::FakeClock clock;
    store::TemporaryDirectory folder;
    log::Log log{{log::Level::Info, log::Format::Text, (folder.path() / "log").string()}};
    AuditedCommands commands{
        trail, clock, log, [](const Json& arguments) {
            return arguments.contains("registration") ? "acme" : arguments.value("tenant", "");
        }};
    std::vector<std::string> trail_at_change;
    int changes = 0;
};

}  // namespace

TEST_CASE("a change leaves a line with the records that it concerns, before it is made") {
    Fixture f;
    f.call("app/set", {{"tenant", "acme"},
                       {"app", "com.example.mail"},
                       {"push_settings", {{"title-loc-key", "a value"}}}});

    const std::vector<std::string> line{
        "admin: app/set tenant=acme app=com.example.mail push_setting=title-loc-key"};
    CHECK(f.trail.lines == line);
    CHECK(f.trail_at_change == line);
}

TEST_CASE("a change that cannot be audited is not made") {
    Fixture f;
    f.trail.away = true;
    CHECK_THROWS_AS(f.call("app/set"), store::StoreError);
    CHECK(f.changes == 0);
}

TEST_CASE("a change that is refused says so in the trail") {
    Fixture f;
    CHECK_THROWS_AS(f.call("app/set", {{"app", "x"}, {"refuse", 1}}), web::Problem);
    CHECK(f.trail.lines ==
          std::vector<std::string>{"admin: app/set app=x", "admin: app/set app=x failed"});
}

TEST_CASE("work that fails says so in the trail, once, whenever it is done") {
    Fixture f;
    Work work;
    const auto later = [&work](Reply reply) -> Json {
        work = std::get<Work>(std::move(reply));
        return nullptr;
    };
    f.commands.call("app/remove", {{"app", "x"}}, "admin", later);
    CHECK(f.trail.lines == std::vector<std::string>{"admin: app/remove app=x"});
    Operation operation;
    CHECK_THROWS_AS(work(operation), web::Problem);
    const std::vector<std::string> both{"admin: app/remove app=x",
                                        "admin: app/remove app=x failed"};
    CHECK(f.trail.lines == both);

    f.trail.lines.clear();
    CHECK_THROWS_AS(f.call("app/remove", {{"app", "x"}}), web::Problem);
    CHECK(f.trail.lines == both);
}

TEST_CASE("work that cannot be begun failed") {
    Fixture f;
    const auto busy = [](Reply) -> Json { throw web::Problem(503, "too many run"); };
    CHECK_THROWS_AS(f.commands.call("app/remove", Json::object(), "admin", busy), web::Problem);
    CHECK(f.trail.lines ==
          std::vector<std::string>{"admin: app/remove", "admin: app/remove failed"});
}

TEST_CASE("a line names the tenant of a record that has an id of its own") {
    Fixture f;
    f.call("app/set", {{"registration", "r_1"}});
    CHECK(f.trail.lines == std::vector<std::string>{"admin: app/set tenant=acme registration=r_1"});
}

TEST_CASE("reading leaves no line, and an unknown command is 404") {
    Fixture f;
    CHECK(f.call("app/list")["apps"] == 0);
    CHECK_THROWS_WITH(f.call("app/\x1b[2J"), Catch::Contains("there is no command"));
    CHECK(f.trail.lines.empty());
}

TEST_CASE("a command refuses an argument that it has not, so that no filter is lost by its name") {
    Fixture f;
    CHECK_THROWS_WITH(f.call("app/set", {{"tennant", "acme"}}),
                      Catch::Contains("no argument \"tennant\""));
    CHECK_THROWS_AS(f.call("app/list", {{"tenant", "acme"}}), web::Problem);
    CHECK(f.changes == 0);
    CHECK(f.trail.lines.empty());
}

TEST_CASE("a line of the trail is bounded and printable, whatever the arguments are") {
    Fixture f;
    Json settings = Json::object();
    for (int i = 0; i < 100; ++i) settings["s" + std::to_string(i)] = 1;
    f.call("app/set", {{"tenant", std::string(10'000, 'a')},
                       {"app", "a\nb"},
                       {"provider", 7},
                       {"push_settings", settings}});
    f.call("app/set", {{"push_settings", "no object"}});

    CHECK(f.trail.lines.at(0).size() < 2'000);
    CHECK_THAT(f.trail.lines.at(0), Catch::Contains("app=a b"));
    CHECK(f.trail.lines.at(1) == "admin: app/set");
}
