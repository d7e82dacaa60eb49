// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "config/config.h"

using namespace postbell::config;
using Catch::Contains;

namespace {

const std::string kSecrets = "[secrets]\nmaster_key_env = \"KEY\"\n";

Config parsed(const std::string& text) {
    return parse(kSecrets + text, "p.toml");
}

std::string errorsOf(const std::string& text) {
    try {
        parsed(text);
    } catch (const ConfigError& e) {
        return e.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("a plugin's own keys are kept as JSON with their places", "[config]") {
    const Config config = parsed(R"([[backend]]
instance = "ews-2"
plugin = "ews"
enabled = true
grants = ["outbound", "secrets"]
pool_threads = 8
hosts = ["a", "b"]
cloud = "global"
since = 2024-02-03T04:05:06Z
graph_endpoint = ""
inner = {deep = 1.5, on = true}
)");

    REQUIRE(config.backends.size() == 1);
    const PluginSection& section = config.backends[0];
    CHECK(section.kind == PluginKind::Backend);
    CHECK(section.instance == "ews-2");
    CHECK(section.plugin == "ews");
    CHECK(section.enabled);
    CHECK(section.grants == std::vector<std::string>{"outbound", "secrets"});
    CHECK(section.pool_threads == 8);
    CHECK(section.file == "p.toml");
    CHECK(*section.own == nlohmann::json::parse(R"({"hosts": ["a", "b"], "cloud": "global",
        "since": "2024-02-03T04:05:06Z", "inner": {"deep": 1.5, "on": true}})"));
    CHECK(section.unset == std::vector<std::string>{"graph_endpoint"});
    CHECK(section.positions.at("/hosts/1").line == 9);
    CHECK(section.positions.at("/hosts/1").column == 15);
    CHECK(section.positions.at("/inner/deep").line == 13);
    CHECK(section.positions.at("/graph_endpoint").line == 12);
}

TEST_CASE("everything is off until enabled", "[config]") {
    const Config config = parsed("[[provider]]\ninstance = \"apns\"\nplugin = \"apns\"\n");

    CHECK_FALSE(config.providers.at(0).enabled);
    CHECK(config.providers[0].grants.empty());
}

TEST_CASE("a provider's endpoint and origins are brought into normal form", "[config]") {
    const Config config = parsed(
        "[[provider]]\ninstance = \"apns\"\nplugin = \"apns\"\nenabled = true\n"
        "endpoint = \"https://Sim.example.com:443/\"\nallowed_origins = "
        "[\"http://localhost:80\"]\n");

    CHECK(config.providers.at(0).endpoint == "https://sim.example.com");
    CHECK(config.providers[0].allowed_origins == std::vector<std::string>{"http://localhost"});
    CHECK_THAT(config.warnings.at(0), Contains("all pushes go to https://sim.example.com"));
}

TEST_CASE("names that cannot be a callback's path are refused", "[config]") {
    const auto named = [](const std::string& instance) {
        return errorsOf("[[backend]]\nplugin = \"ews\"\ninstance = \"" + instance + "\"\n");
    };

    CHECK(named("a-1") == "none");
    CHECK(named(std::string(32, 'a')) == "none");
    CHECK(named("v") == "none");
    for (const std::string& wrong :
         {std::string("EWS"), std::string("e_s"), std::string("a/b"), std::string(33, 'a')})
        CHECK_THAT(named(wrong),
                   Contains("p.toml:5:12: [[backend]] instance") && Contains("1 to 32 characters"));
    CHECK_THAT(named(""), Contains("instance"));
    for (const char* reserved : {"v1", "v22", "healthz", "readyz", "metrics", "admin", "portal"})
        CHECK_THAT(named(reserved), Contains("a path of the gateway's own"));
    CHECK_THAT(errorsOf("[[backend]]\ninstance = \"ews\"\n"), Contains("plugin: it is missing"));
    CHECK_THAT(errorsOf("[[backend]]\ninstance = \"ews\"\nplugin = \"../ews\"\n"),
               Contains("the name of a file"));
}

TEST_CASE("an instance's name is used once", "[config]") {
    const std::string ews = "[[backend]]\ninstance = \"ews\"\nplugin = \"ews\"\n";

    CHECK_THAT(errorsOf(ews + ews),
               Contains("p.toml:6:1: [[backend]] instance: \"ews\" is the instance of line 3"));
    CHECK_THAT(errorsOf(ews + "[[provider]]\ninstance = \"ews\"\nplugin = \"apns\"\n"),
               Contains("backends and providers share one set of names"));
}

TEST_CASE("a plugin's section with an impossible value is refused", "[config]") {
    const std::string apns = "[[provider]]\ninstance = \"apns\"\nplugin = \"apns\"\n";

    CHECK_THAT(errorsOf("[backend]\ninstance = \"ews\"\n"), Contains("two brackets: [[backend]]"));
    CHECK_THAT(errorsOf("backend = [1]\n[log]\n"), Contains("backend"));
    CHECK_THAT(errorsOf(apns + "enabled = \"yes\"\n"), Contains("accepted is true or false"));
    CHECK_THAT(errorsOf(apns + "grants = [\"outbond\"]\n"), Contains("Did you mean \"outbound\"?"));
    CHECK_THAT(errorsOf(apns + "grants = \"outbound\"\n"), Contains("an array of texts"));
    CHECK_THAT(errorsOf(apns + "grants = [1]\n"), Contains("p.toml:6:11:"));
    CHECK_THAT(errorsOf(apns + "endpoint = \"http://sim.example.com\"\n"),
               Contains("http:// only to a loopback"));
    CHECK_THAT(errorsOf(apns + "endpoint = \"https://a/3/device\"\n"), Contains("an origin"));
    CHECK_THAT(errorsOf(apns + "allowed_origins = [\"a\"]\n"), Contains("found \"a\""));
    CHECK_THAT(errorsOf(apns + "speed = inf\n"),
               Contains("[[provider]] speed: found a number that is not finite"));
    CHECK_THAT(errorsOf(apns + "long = \"" + std::string(4097, 'x') + "\"\n"),
               Contains("found a text of 4097 bytes"));
    std::string deep = "x";
    for (int i = 0; i < 20; ++i) deep += ".x";
    CHECK_THAT(errorsOf(apns + deep + " = 1\n"), Contains("nested deeper than 16"));
}
