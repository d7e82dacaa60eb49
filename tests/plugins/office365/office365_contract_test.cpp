// SPDX-License-Identifier: Apache-2.0
// What the plugin tells a gateway about itself.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "plugins/told_by_backend.h"

using namespace postbell;
using namespace postbell::testing;

TEST_CASE("the descriptor says what the plugin is, and what it could use", "[office365]") {
    const LoadedPlugin plugin(OFFICE365_PLUGIN);
    const postbell_plugin& descriptor = plugin.descriptor();

    CHECK(descriptor.kind == POSTBELL_KIND_BACKEND);
    CHECK(descriptor.needs == (POSTBELL_NEEDS_OUTBOUND | POSTBELL_NEEDS_SECRETS));
    CHECK(descriptor.flags == POSTBELL_NEVER_BLOCKS);
    CHECK(std::string(descriptor.id) == "org.postbell.office365");
}

TEST_CASE("the schema accepts the documented keys and no other", "[office365]") {
    const auto schema = test::schemaOf(OFFICE365_PLUGIN);

    CHECK(schema["additionalProperties"] == false);
    CHECK(schema["properties"].size() == 9);
    CHECK(schema["properties"]["expiration_minutes"]["minimum"] == 45);
    CHECK(schema["properties"]["expiration_minutes"]["maximum"] == 10'080);
}

TEST_CASE("an app is told what to subscribe to, and that silence means nothing", "[office365]") {
    const auto [configured, minutes] = GENERATE(
        table<std::string, int>({{"", 10'000}, {"45", 45}, {"4230", 4230}, {"10080", 10'080}}));
    const auto told = test::described(OFFICE365_PLUGIN, "expiration_minutes", configured);

    CHECK(told.heartbeat_ms == 0);
    CHECK(nlohmann::json::parse(told.callback) ==
          nlohmann::json{{"change_type", "created,updated,deleted"},
                         {"resource", "me/mailFolders('inbox')/messages"},
                         {"expiration_minutes", minutes}});
}

TEST_CASE("an expiration that Graph does not accept is refused with a sentence", "[office365]") {
    for (const auto value : {"0", "44", "10081", "-5", "long", "60.5", ""}) {
        INFO(value);
        CHECK(test::refusalOf(LoadedPlugin(OFFICE365_PLUGIN), "expiration_minutes", value) ==
              "expiration_minutes must be a whole number from 45 to 10080");
    }
}

TEST_CASE("the only route is a post to a registration's callback, with its proof", "[office365]") {
    const test::Routes routes(OFFICE365_PLUGIN);
    const postbell_route& route = routes.only();

    CHECK(route.callback == POSTBELL_CALLBACK_REGISTRATION);
    CHECK(view(route.method) == "POST");
    CHECK(view(route.suffix).empty());
    CHECK(route.needs_proof == 1);
}
