// SPDX-License-Identifier: Apache-2.0
// The plugin's file, as a gateway sees it.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "plugins/loaded_backend.h"

using namespace postbell;
using namespace postbell::testing;

namespace {

/// What an app is told, and the heartbeat, with one line in the section.
std::pair<std::string, std::uint32_t> described(const std::string& addressing) {
    const LoadedPlugin plugin(DOVECOT_PLUGIN);
    FakeHost host;
    if (!addressing.empty()) host.setConfig("addressing", addressing);
    const PluginInstance instance(plugin, host);
    postbell_description told{};
    told.size = sizeof told;
    REQUIRE(instance.table<postbell_backend_v0>().describe(instance.self(), &told) == POSTBELL_OK);
    return {std::string(view(told.callback)), told.heartbeat_ms};
}

}  // namespace

TEST_CASE("the descriptor says that nothing is needed and nothing blocks", "[dovecot]") {
    const LoadedPlugin plugin(DOVECOT_PLUGIN);
    const postbell_plugin& descriptor = plugin.descriptor();

    CHECK(descriptor.kind == POSTBELL_KIND_BACKEND);
    CHECK(descriptor.needs == 0);
    CHECK(descriptor.flags == POSTBELL_NEVER_BLOCKS);
    CHECK(descriptor.extension(nullptr, "unknown") == nullptr);
}

TEST_CASE("the schema accepts the documented key and no other", "[dovecot]") {
    const auto schema =
        nlohmann::json::parse(LoadedPlugin(DOVECOT_PLUGIN).descriptor().config_schema);

    CHECK(schema["additionalProperties"] == false);
    CHECK(schema["properties"].size() == 1);
    CHECK(schema["properties"]["addressing"]["enum"] == nlohmann::json{"metadata", "account"});
}

TEST_CASE("the app is told what to put into the mailbox, where ids count", "[dovecot]") {
    const auto expected =
        nlohmann::json{{"metadata_entry", "/private/vendor/vendor.dovecot/http-notify"},
                       {"metadata_prefix", "user="}};
    CHECK(nlohmann::json::parse(described("").first) == expected);
    CHECK(nlohmann::json::parse(described("metadata").first) == expected);
    CHECK(described("account").first.empty());
}

TEST_CASE("silence says nothing, since Dovecot sends no sign of life", "[dovecot]") {
    CHECK(described("").second == 0);
}

TEST_CASE("another way of addressing is refused with a sentence", "[dovecot]") {
    for (const auto* value : {"", "user", "Metadata"}) {
        INFO(value);
        CHECK(test::refusalOf(DOVECOT_PLUGIN, "addressing", value) ==
              "addressing must be \"metadata\" or \"account\"");
    }
}

TEST_CASE("the only route is a PUT to a tenant's callback", "[dovecot]") {
    const LoadedPlugin plugin(DOVECOT_PLUGIN);
    const FakeHost host;
    const PluginInstance instance(plugin, host);
    std::size_t count = 0;

    const postbell_route* routes =
        instance.table<postbell_backend_v0>().routes(instance.self(), &count);

    REQUIRE(count == 1);
    CHECK(routes[0].callback == POSTBELL_CALLBACK_TENANT);
    CHECK(view(routes[0].method) == "PUT");
    CHECK(view(routes[0].suffix).empty());
    CHECK(routes[0].needs_secret == 0);
}
