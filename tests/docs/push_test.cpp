// SPDX-License-Identifier: Apache-2.0
// The provider example of docs/plugin-development.md does what the page says.
#include <catch2/catch.hpp>

#include <postbell/testing/loaded_plugin.hpp>
#include <postbell/testing/stub_network.hpp>

using namespace postbell;
using namespace postbell::testing;

TEST_CASE("the page's provider encodes a push with its key, and reads the answer") {
    const LoadedPlugin plugin(PUSH_PLUGIN);
    FakeHost host;
    host.setConfig("endpoint", "https://127.0.0.1:8443");
    const PluginInstance instance(plugin, host);
    FakeCredentialFile file;
    file.content = "secret";
    FakeCredential credential(instance.self(), instance.table<postbell_provider_v0>(), file);
    FakePush push;
    push.token = "0123456789abcdef";
    push.badge = 3;

    const std::pair<int, OutcomeResult> outcomes[] = {{200, OutcomeResult::Delivered},
                                                      {404, OutcomeResult::TokenDead},
                                                      {401, OutcomeResult::Reauthorize},
                                                      {500, OutcomeResult::Retry}};
    for (const auto& [status, result] : outcomes) {
        StubNetwork network;
        network.on("https://127.0.0.1:8443", "/send/0123456789abcdef",
                   [answered = status](const SentRequest& request) {
                       CHECK(request.header("authorization") == "key secret");
                       CHECK(request.body == "{\"badge\":3}");
                       FakeAnswer answer;
                       answer.status = answered;
                       return answer;
                   });
        CHECK(pushThrough(credential, push, network, 1'000).result == result);
        CHECK(network.requests.size() == 1);
    }
}

TEST_CASE("the page's provider pushes to its own network without an endpoint") {
    const LoadedPlugin plugin(PUSH_PLUGIN);
    const FakeHost host;
    const PluginInstance instance(plugin, host);
    std::size_t count = 0;
    const postbell_str* origins =
        instance.table<postbell_provider_v0>().origins(instance.self(), &count);

    REQUIRE(count == 1);
    CHECK(view(origins[0]) == "https://push.example.com");
}
