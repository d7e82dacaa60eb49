// SPDX-License-Identifier: Apache-2.0
// The plugin's file, as a gateway sees it.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "plugins/told_by_backend.h"

using namespace postbell;
using namespace postbell::testing;

namespace {

/// The only route, with this `auth`.
postbell_route routeWith(const std::string& auth) {
    const LoadedPlugin plugin(WEBHOOK_PLUGIN);
    FakeHost host;
    host.setConfig("account", "/to");
    host.setConfig("auth", auth);
    const PluginInstance instance(plugin, host);
    std::size_t count = 0;
    const postbell_route* routes =
        instance.table<postbell_backend_v0>().routes(instance.self(), &count);
    REQUIRE(count == 1);
    CHECK(view(routes[0].method) == "POST");
    CHECK(view(routes[0].suffix).empty());
    postbell_route route{};
    route.callback = routes[0].callback;
    route.needs_secret = routes[0].needs_secret;
    return route;
}

}  // namespace

TEST_CASE("the descriptor says that nothing is needed and nothing blocks", "[webhook]") {
    const LoadedPlugin plugin(WEBHOOK_PLUGIN);
    const postbell_plugin& descriptor = plugin.descriptor();

    CHECK(descriptor.kind == POSTBELL_KIND_BACKEND);
    CHECK(descriptor.needs == 0);
    CHECK(descriptor.flags == POSTBELL_NEVER_BLOCKS);
    CHECK(descriptor.extension(nullptr, "unknown") == nullptr);
}

TEST_CASE("the schema accepts the documented keys and no other", "[webhook]") {
    const auto schema = test::schemaOf(WEBHOOK_PLUGIN);

    CHECK(schema["additionalProperties"] == false);
    CHECK(schema["required"] == nlohmann::json{"account"});
    std::vector<std::string> keys;
    for (const auto& [key, value] : schema["properties"].items()) keys.push_back(key);
    CHECK(keys == std::vector<std::string>{"account", "auth", "count_changed", "events", "folder",
                                           "id", "inbox", "new", "signature_header",
                                           "signature_prefix", "type", "unread"});
}

TEST_CASE("the only route is a POST to a tenant's callback, with a secret unless its URL is one",
          "[webhook][row:WEBHOOK-2]") {
    for (const auto& [auth, needed] :
         {std::pair{"bearer", 1u}, {"basic", 1u}, {"hmac-sha256", 1u}, {"url", 0u}}) {
        INFO(auth);
        const postbell_route route = routeWith(auth);
        CHECK(route.callback == POSTBELL_CALLBACK_TENANT);
        CHECK(route.needs_secret == needed);
    }
}

TEST_CASE("a section without an address is refused with a sentence", "[webhook]") {
    CHECK_THAT(test::refusalOf(LoadedPlugin(WEBHOOK_PLUGIN), "auth", "url"),
               Catch::Contains("account is missing"));
}
