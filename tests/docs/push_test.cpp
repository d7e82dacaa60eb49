// SPDX-License-Identifier: Apache-2.0
// The provider example of docs/plugin-development.md does what the page says.
#include <catch2/catch.hpp>

#include <postbell/testing/loaded_plugin.hpp>

using namespace postbell::testing;

TEST_CASE("the page's provider encodes a push with its key, and reads the answer") {
    const LoadedPlugin plugin(PUSH_PLUGIN);
    FakeHost host;
    const PluginInstance instance(plugin, host);
    const auto& table = instance.table<postbell_provider_v0>();
    const std::string content = "secret";
    postbell_credential_file file{};
    file.size = sizeof file;
    file.content = postbell::bytes(content);
    void* credential = nullptr;
    REQUIRE(table.open(instance.self(), &file, &credential) == POSTBELL_OK);

    postbell_authorization given{};
    given.size = sizeof given;
    REQUIRE(table.authorize(instance.self(), credential, 1'000, &given) == POSTBELL_OK);
    CHECK(postbell::view(given.header.name) == "authorization");
    CHECK(postbell::view(given.header.value) == "key secret");

    postbell_push push{};
    push.size = sizeof push;
    push.token = postbell::str("0123456789abcdef");
    push.badge = 3;
    postbell_http_request request{};
    request.size = sizeof request;
    REQUIRE(table.request(instance.self(), credential, &push, 1'000, &request) == POSTBELL_OK);
    CHECK(postbell::view(request.origin) == "https://push.example.com");
    CHECK(postbell::view(request.path) == "/send/0123456789abcdef");
    CHECK(postbell::view(request.body) == "{\"badge\":3}");

    for (const auto& [status, result] :
         {std::pair{200, POSTBELL_OUTCOME_DELIVERED}, std::pair{404, POSTBELL_OUTCOME_TOKEN_DEAD},
          std::pair{401, POSTBELL_OUTCOME_REAUTHORIZE}, std::pair{500, POSTBELL_OUTCOME_RETRY}}) {
        postbell_response response{};
        response.size = sizeof response;
        response.status = status;
        postbell_outcome outcome{};
        outcome.size = sizeof outcome;
        REQUIRE(table.outcome(instance.self(), credential, &push, &response, 1'000, &outcome) ==
                POSTBELL_OK);
        CHECK(outcome.result == static_cast<std::uint32_t>(result));
    }
    table.close(instance.self(), credential);
}
