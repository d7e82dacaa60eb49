// SPDX-License-Identifier: Apache-2.0
// The plugin's file, as a gateway sees it.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "plugins/told_by_backend.h"

using namespace postbell;
using namespace postbell::testing;

TEST_CASE("the descriptor says that nothing is needed and nothing blocks", "[dovecot]") {
    const LoadedPlugin plugin(DOVECOT_PLUGIN);
    const postbell_plugin& descriptor = plugin.descriptor();

    CHECK(descriptor.kind == POSTBELL_KIND_BACKEND);
    CHECK(descriptor.needs == 0);
    CHECK(descriptor.flags == POSTBELL_NEVER_BLOCKS);
    CHECK(descriptor.extension(nullptr, "unknown") == nullptr);
}

TEST_CASE("the schema accepts the documented key and no other", "[dovecot]") {
    const auto schema = test::schemaOf(DOVECOT_PLUGIN);

    CHECK(schema["additionalProperties"] == false);
    CHECK(schema["properties"].size() == 1);
    CHECK(schema["properties"]["addressing"]["enum"] == nlohmann::json{"metadata", "account"});
}

TEST_CASE("the app is told what to put into the mailbox, where ids count", "[dovecot]") {
    const auto expected =
        nlohmann::json{{"metadata_entry", "/private/vendor/vendor.dovecot/http-notify"},
                       {"metadata_prefix", "user="}};
    CHECK(nlohmann::json::parse(test::described(DOVECOT_PLUGIN).callback) == expected);
    CHECK(nlohmann::json::parse(
              test::described(DOVECOT_PLUGIN, "addressing", "metadata").callback) == expected);
    CHECK(test::described(DOVECOT_PLUGIN, "addressing", "account").callback.empty());
}

TEST_CASE("silence says nothing, since Dovecot sends no sign of life", "[dovecot]") {
    CHECK(test::described(DOVECOT_PLUGIN).heartbeat_ms == 0);
}

TEST_CASE("another way of addressing is refused with a sentence", "[dovecot]") {
    for (const auto* value : {"", "user", "Metadata"}) {
        INFO(value);
        CHECK(test::refusalOf(LoadedPlugin(DOVECOT_PLUGIN), "addressing", value) ==
              "addressing must be \"metadata\" or \"account\"");
    }
}

TEST_CASE("the only route is a PUT to a tenant's callback", "[dovecot]") {
    const test::Routes routes(DOVECOT_PLUGIN);
    const postbell_route& route = routes.only();

    CHECK(route.callback == POSTBELL_CALLBACK_TENANT);
    CHECK(view(route.method) == "PUT");
    CHECK(view(route.suffix).empty());
    CHECK(route.needs_secret == 0);
}
