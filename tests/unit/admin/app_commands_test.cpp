// SPDX-License-Identifier: Apache-2.0
#include "admin/app_commands.h"

#include <nlohmann/json.hpp>

#include "command_bench.h"
#include "support/provided_bench.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

struct Bench : testing::ProvidedBench {
    Bench() { store().directory().addTenant("contoso"); }
    std::vector<store::Id> removed;
    AppCommands commands{store().directory(), providers, clock(),
                         [this](store::Id app) { removed.push_back(app); }};
    Called call{commands};
    const Json mail{{"tenant", "contoso"}, {"app", "com.example.mail"}, {"platform", "ios"}};
};

}  // namespace

TEST_CASE("an app is added with its enrolment key, which is told once") {
    Bench bench;
    const Json added = bench.call("app/add", bench.mail);
    CHECK(added["style"] == "badge");
    CHECK(added["enabled"] == true);
    const std::string key = added["enrolment_key"];
    CHECK(bench.store().directory().findAppByEnrolment(util::sha256(key)).has_value());
    CHECK_FALSE(bench.call("app/list")["apps"][0].contains("enrolment_key"));
    CHECK(bench.call.refusal("app/add", bench.mail) == 409);
}

TEST_CASE("an app that nobody could push to is refused") {
    Bench bench;
    const auto refused = [&](const char* name, const Json& value) {
        Json arguments = bench.mail;
        arguments[name] = value;
        return bench.call.refusal("app/add", arguments);
    };
    CHECK(refused("platform", "palm") == 400);
    CHECK(refused("style", "loud") == 400);
    CHECK(refused("app", "a b") == 400);
    CHECK(refused("tenant", "nobody") == 404);
}

TEST_CASE("an app is turned off and on, and its key replaced") {
    Bench bench;
    const std::string key = bench.call("app/add", bench.mail)["enrolment_key"];
    CHECK(bench.call("app/disable", bench.mail)["enabled"] == false);
    CHECK(bench.call("app/list", {{"tenant", "contoso"}})["apps"][0]["enabled"] == false);
    CHECK(bench.call("app/enable", bench.mail)["enabled"] == true);
    const std::string next = bench.call("app/rotate-key", bench.mail)["enrolment_key"];
    CHECK(bench.store().directory().findAppByEnrolment(util::sha256(key))->registers_until);
    CHECK_FALSE(bench.store().directory().findAppByEnrolment(util::sha256(next))->registers_until);
}

TEST_CASE("a replaced key registers for as long as the overlap says") {
    Bench bench;
    const std::string key = bench.call("app/add", bench.mail)["enrolment_key"];
    Json arguments = bench.mail;
    arguments["overlap"] = "a week";
    CHECK(bench.call.refusal("app/rotate-key", arguments) == 400);
    arguments["overlap"] = "1w";
    CHECK(bench.call("app/rotate-key", arguments)["old_key_registers_until"].is_string());
    CHECK(bench.store().directory().findAppByEnrolment(util::sha256(key))->registers_until ==
          bench.clock().wall() + std::chrono::weeks(1));
}

TEST_CASE("an overlap is shown until it is over or ended") {
    Bench bench;
    const std::string key = bench.call("app/add", bench.mail)["enrolment_key"];
    CHECK(bench.call("app/show", bench.mail)["old_keys_register_until"].is_null());
    Json arguments = bench.mail;
    arguments["overlap"] = "1w";
    bench.call("app/rotate-key", arguments);
    CHECK(bench.call("app/show", bench.mail)["old_keys_register_until"].is_string());
    CHECK(bench.call("app/list")["apps"][0]["old_keys_register_until"].is_string());

    SECTION("by a call") {
        bench.call("app/end-overlap", bench.mail);
    }
    SECTION("by a rotation without one") {
        bench.call("app/rotate-key", bench.mail);
    }

    CHECK(bench.call("app/show", bench.mail)["old_keys_register_until"].is_null());
    // A clock that was ahead is put right.
    bench.clock().setWall(bench.clock().wall() - std::chrono::minutes(10));
    CHECK(bench.call("app/show", bench.mail)["old_keys_register_until"].is_null());
    CHECK(bench.store().directory().findAppByEnrolment(util::sha256(key))->registers_until <
          bench.clock().wall());
}

TEST_CASE("an app's style is set by itself or with its settings") {
    Bench bench;
    bench.call("app/add", bench.mail);
    Json arguments = bench.mail;
    CHECK(bench.call.refusal("app/set", arguments) == 400);
    arguments["style"] = "loud";
    CHECK(bench.call.refusal("app/set", arguments) == 400);
    arguments["style"] = "alert";
    CHECK(bench.call("app/set", arguments)["style"] == "alert");
    CHECK(bench.call("app/show", bench.mail)["style"] == "alert");
    arguments["style"] = "badge";
    arguments["push_settings"] = {{"no-such-setting", "x"}};
    CHECK(bench.call.refusal("app/set", arguments) == 400);
    CHECK(bench.call("app/show", bench.mail)["style"] == "alert");
}

TEST_CASE("an app is removed only when its name is said twice") {
    Bench bench;
    bench.call("app/add", bench.mail);
    Json arguments{{"tenant", "contoso"}, {"app", "com.example.mail"}};
    CHECK(bench.call.refusal("app/remove", arguments) == 400);
    arguments["confirm"] = "com.example.other";
    CHECK(bench.call.refusal("app/remove", arguments) == 400);
    CHECK(bench.removed.empty());
    arguments["confirm"] = "com.example.mail";
    const Json gone = bench.call("app/remove", arguments);
    CHECK(gone["app"] == "com.example.mail");
    CHECK(gone["removed"] == Json{{"registrations", 0}});
    CHECK(bench.removed.size() == 1);
    CHECK(bench.call("app/list")["apps"].empty());
    CHECK(bench.call.refusal("app/remove", arguments) == 404);
}

TEST_CASE("an app's settings are what its provider's app_schema accepts") {
    Bench bench;
    CHECK(bench.call("app/add", bench.mail)["push_settings"] == Json::object());
    const auto with = [&](const Json& settings) {
        Json arguments = bench.mail;
        arguments["push_settings"] = settings;
        return arguments;
    };

    const Json set = bench.call("app/set", with({{"title-loc-key", "NEW"}}));

    CHECK(set["push_settings"] == Json{{"title-loc-key", "NEW"}});
    CHECK(bench.call("app/show", bench.mail) == set);
    for (const Json& refused :
         {Json{{"title", "NEW"}}, Json{{"title-loc-key", 7}}, Json{{"title-loc-key", ""}},
          Json{{"title-loc-key", std::string(129, 'a')}}, Json{{"title", std::string(5000, 'a')}},
          Json::object(), Json("NEW")})
        CHECK(bench.call.refusal("app/set", with(refused)) == 400);
    CHECK(bench.call("app/list")["apps"][0] == set);

    CHECK(bench.call("app/set", with({{"title-loc-key", "MAIL"}}))["push_settings"] ==
          Json{{"title-loc-key", "MAIL"}});
    CHECK(bench.call("app/set", with({{"title-loc-key", nullptr}}))["push_settings"] ==
          Json::object());
}
