// SPDX-License-Identifier: Apache-2.0
// The plugin's file, used as a gateway uses it: nothing but the contract's tables.
#include <catch2/catch.hpp>

#include <map>
#include <nlohmann/json.hpp>
#include <postbell/testing/fake_push.hpp>
#include <postbell/testing/loaded_plugin.hpp>

#include "rfc8291.h"

using namespace postbell;
using namespace postbell::webpush::testing;
using Catch::Matchers::Contains;
using nlohmann::json;
using postbell::testing::FakeAnswer;
using postbell::testing::FakeCredential;
using postbell::testing::FakeCredentialFile;
using postbell::testing::FakeHost;
using postbell::testing::FakePush;
using postbell::testing::LoadedPlugin;
using postbell::testing::PluginInstance;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;

const LoadedPlugin& loaded() {
    static const LoadedPlugin plugin(POSTBELL_WEBPUSH_PLUGIN);
    return plugin;
}

FakeCredentialFile vapidFile() {
    FakeCredentialFile file;
    file.content = json{{"publicKey", kSenderPublic}, {"privateKey", kSenderPrivate}}.dump();
    file.settings = {{"subject", "mailto:ops@example.com"}};
    return file;
}

/// A loaded provider with a credential.
struct Opened {
    FakeHost host;
    PluginInstance instance{loaded(), host};
    const postbell_provider_v0& table = instance.table<postbell_provider_v0>();
    FakeCredential credential{instance.self(), table, vapidFile()};
};

FakePush pushTo(std::string_view endpoint) {
    FakePush push;
    push.token = subscriptionTo(endpoint);
    push.platform = "webpush";
    return push;
}

}  // namespace

TEST_CASE("the descriptor says what the plugin is") {
    const postbell_plugin& plugin = loaded().descriptor();

    CHECK(plugin.kind == POSTBELL_KIND_PROVIDER);
    CHECK(plugin.id == std::string("dev.postbell.webpush"));
    CHECK(plugin.platforms == std::string("webpush"));
    CHECK(plugin.flags == (POSTBELL_DEVICES_NAME_ORIGIN | POSTBELL_EXPENSIVE_ENCODER));
    CHECK(plugin.needs == 0);
    CHECK(json::parse(plugin.config_schema).at("additionalProperties") == false);
    CHECK(json::parse(plugin.credential_schema).at("file").at("generate") == "p256");
}

TEST_CASE("a device's token names where its pushes go") {
    const Opened opened;
    const TokenCheck found =
        postbell::testing::checkedToken(opened.instance.self(), opened.table,
                                        subscriptionTo("https://Push.example.net:8443/p?a=b"));

    CHECK(found.origin == "https://push.example.net:8443");
    CHECK_THAT(found.normal, Contains("\"https://push.example.net:8443/p?a=b\""));
    CHECK(postbell::testing::checkedToken(opened.instance.self(), opened.table, found.normal)
              .normal == found.normal);
    const TokenCheck bad =
        postbell::testing::checkedToken(opened.instance.self(), opened.table, kEndpoint);
    CHECK(bad.normal.empty());
    CHECK_THAT(bad.problem, Contains("endpoint alone"));
}

TEST_CASE("no authorization but each request's own is presented") {
    Opened opened;
    const auto said = opened.credential.authorize(kNow);
    CHECK(said.status == POSTBELL_OK);
    CHECK(said.name.empty());
    CHECK_FALSE(said.exchange);
}

TEST_CASE("a push is a request of RFC 8030") {
    Opened opened;

    const auto said = opened.credential.request(pushTo("https://push.example.net/p?a=b"), kNow);

    REQUIRE(said.status == POSTBELL_OK);
    CHECK(said.request.method == "POST");
    CHECK(said.request.origin == "https://push.example.net");
    CHECK(said.request.path == "/p?a=b");
    CHECK(said.request.header("content-encoding") == "aes128gcm");
    CHECK(said.request.header("content-type") == "application/octet-stream");
    CHECK(said.request.header("ttl") == "86400");
    CHECK(said.request.header("urgency") == "high");
    CHECK(said.request.header("topic").size() == 32);
    CHECK_THAT(std::string(said.request.header("authorization")),
               Contains("vapid t=") && Contains(std::string(", k=") + kSenderPublic));
    CHECK(said.request.body.size() == 86 + 256 + 1 + 16);
    CHECK_THAT(said.request.body, !Contains("new_mail"));
}

TEST_CASE("a push to a token that is none is dropped with a sentence") {
    Opened opened;
    FakePush push;
    push.token = "x";

    const auto said = opened.credential.request(push, kNow);

    CHECK(said.status == POSTBELL_EINVAL);
    CHECK_THAT(said.problem, Contains("JSON"));
}

TEST_CASE("a server that refuses the VAPID token is shown another") {
    Opened opened;
    const FakePush push = pushTo("https://push.example.net/p");
    const auto authorization = [&] {
        return std::string(opened.credential.request(push, kNow).request.header("authorization"));
    };
    const std::string first = authorization();
    CHECK(authorization() == first);
    FakeAnswer refusal;
    refusal.status = 401;

    CHECK(opened.credential.outcome(push, refusal, kNow).result == OutcomeResult::Credential);

    CHECK(authorization() != first);
}

TEST_CASE("what cannot be a credential is not opened") {
    const Opened opened;
    FakeCredentialFile file = vapidFile();
    file.content = "key";
    CHECK_THROWS(FakeCredential(opened.instance.self(), opened.table, file));
    file = vapidFile();
    file.settings = {{"subject", "nobody"}};
    CHECK_THROWS(FakeCredential(opened.instance.self(), opened.table, file));
}
