// The provider as a gateway runs it, with a push network in memory. Argument: the plugin's file.
#include <postbell/testing/loaded_plugin.hpp>
#include <postbell/testing/stub_network.hpp>

#include "check.h"

using namespace postbell;
using namespace postbell::testing;

int main(int, char** arguments) {
    const LoadedPlugin plugin(arguments[1]);
    FakeHost host;
    host.setConfig("endpoint", "https://127.0.0.1:8443");
    const PluginInstance instance(plugin, host);
    const auto& table = instance.table<postbell_provider_v0>();

    CHECK(checkedToken(instance.self(), table, "0123456789abcdef").normal == "0123456789abcdef");
    CHECK(!checkedToken(instance.self(), table, "short").problem.empty());

    FakeCredentialFile file;
    file.content = "secret";
    file.settings = {{"sender", "mail"}};
    FakeCredential credential(instance.self(), table, file);
    StubNetwork network;
    network.on("https://127.0.0.1:8443", "/send/0123456789abcdef", [](const SentRequest& request) {
        FakeAnswer answer;
        answer.status = request.header("authorization") == "key secret" ? 200 : 401;
        return answer;
    });
    FakePush push;
    push.token = "0123456789abcdef";
    push.badge = 3;
    CHECK(pushThrough(credential, push, network, 0).result == OutcomeResult::Delivered);
    CHECK(network.requests.at(0).body == R"({"registration":"r_3kTMd9-wqV0nX2yPz","badge":3})");

    push.token = "ffffffffffffffff";  // the network does not know it: 404
    CHECK(pushThrough(credential, push, network, 0).result == OutcomeResult::TokenDead);
}
