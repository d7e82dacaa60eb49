// SPDX-License-Identifier: Apache-2.0
// The plugin's file, used as a gateway uses it: nothing but the contract's tables.
#include <catch2/catch.hpp>

#include "postbell/testing/fake_push.hpp"

#include <map>
#include <set>

#include "loaded_fcm.h"

using namespace postbell;
using namespace postbell::fcm::testing;
using Catch::Matchers::Contains;
using nlohmann::json;
using postbell::testing::FakeHost;
using postbell::testing::PluginInstance;

namespace {

std::set<std::string> originsWith(const std::map<std::string, std::string>& section) {
    return postbell::test::originsWith(loadedFcm(), section);
}

std::string refusal(const char* key, const char* value) {
    return postbell::test::refusalOf(loadedFcm(), key, value);
}

postbell_response answer(int status, std::string_view body) {
    postbell_response response{};
    response.size = sizeof response;
    response.status = status;
    response.body = bytes(body);
    return response;
}

}  // namespace

TEST_CASE("the descriptor says what the plugin is") {
    const postbell_plugin& plugin = loadedFcm().descriptor();

    CHECK(plugin.kind == POSTBELL_KIND_PROVIDER);
    CHECK(plugin.id == std::string("dev.postbell.fcm"));
    CHECK(plugin.platforms == std::string("android ios-fcm"));
    CHECK(plugin.flags == 0);
    CHECK(plugin.needs == 0);
    const json schema = json::parse(plugin.config_schema);
    CHECK(schema.at("additionalProperties") == false);
    CHECK(schema.at("properties").contains("token_endpoint"));
}

TEST_CASE("requests go to Google, or where the config leads") {
    CHECK(originsWith({}) ==
          std::set<std::string>{"https://fcm.googleapis.com", "https://oauth2.googleapis.com"});
    CHECK(originsWith({{"endpoint", "https://127.0.0.1:1"},
                       {"token_endpoint", "https://127.0.0.1:2/token"}}) ==
          std::set<std::string>{"https://127.0.0.1:1", "https://127.0.0.1:2"});
    CHECK(originsWith({{"endpoint", "https://127.0.0.1:1"},
                       {"token_endpoint", "https://127.0.0.1:1/token"}}) ==
          std::set<std::string>{"https://127.0.0.1:1"});
}

TEST_CASE("a config that cannot work is refused with a sentence") {
    CHECK_THAT(refusal("endpoint", "http://127.0.0.1"), Contains("https://host"));
    CHECK_THAT(refusal("endpoint", "https://127.0.0.1/path"), Contains("without a path"));
    CHECK_THAT(refusal("token_endpoint", "http://127.0.0.1/token"), Contains("https://host/path"));
    CHECK_THAT(refusal("token_endpoint", "nonsense"), Contains("https://host/path"));
    CHECK(refusal("allowed_origins", "nonsense").empty());  // the host's to check
}

TEST_CASE("an access token is had by an exchange") {
    const FakeHost host;
    const PluginInstance instance(loadedFcm(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const OpenedCredential credential(instance, fileOf(accountJson().dump()));
    postbell_authorization authorization{};
    authorization.size = sizeof authorization;

    REQUIRE(table.authorize(instance.self(), credential.get(), kNow, &authorization) ==
            POSTBELL_OK);
    REQUIRE(authorization.exchange != nullptr);
    CHECK(authorization.header.name.ptr == nullptr);
    CHECK(view(authorization.exchange->origin) == "https://oauth2.googleapis.com");
    CHECK(view(authorization.exchange->path) == "/token");
    CHECK(view(authorization.exchange->method) == "POST");

    const postbell_response good =
        answer(200, R"({"access_token":"ya29.a","expires_in":3599,"token_type":"Bearer"})");
    authorization = {};
    authorization.size = sizeof authorization;
    REQUIRE(table.authorized(instance.self(), credential.get(), &good, kNow, &authorization) ==
            POSTBELL_OK);
    CHECK(view(authorization.header.name) == "authorization");
    CHECK(view(authorization.header.value) == "Bearer ya29.a");
    CHECK(authorization.header.flags == POSTBELL_HEADER_SECRET);
    CHECK(authorization.expires_ms > kNow);
    CHECK(authorization.exchange == nullptr);

    const postbell_response refused = answer(400, R"({"error":"invalid_grant"})");
    CHECK(table.authorized(instance.self(), credential.get(), &refused, kNow, &authorization) ==
          POSTBELL_OK);
    CHECK_THAT(std::string(view(authorization.problem)), Contains("invalid_grant"));

    const postbell_response busy = answer(503, "");
    CHECK(table.authorized(instance.self(), credential.get(), &busy, kNow, &authorization) ==
          POSTBELL_EAGAIN);
    CHECK_THAT(std::string(view(authorization.problem)), Contains("503"));
}

TEST_CASE("a request outlives the push that it was made from") {
    const FakeHost host;
    const PluginInstance instance(loadedFcm(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const OpenedCredential credential(instance, fileOf(accountJson().dump()));
    postbell_http_request request{};
    request.size = sizeof request;
    {
        std::string registration = "r_3kTMd9-wqV0nX2yPz";
        postbell_push push = samplePush();
        push.registration = str(registration);
        REQUIRE(table.request(instance.self(), credential.get(), &push, kNow, &request) ==
                POSTBELL_OK);
        registration.assign(registration.size(), 'x');
    }
    CHECK(view(request.origin) == "https://fcm.googleapis.com");
    CHECK(view(request.path) == "/v1/projects/mail-project-1/messages:send");
    std::map<std::string, std::string> headers;
    for (std::size_t i = 0; i < request.header_count; ++i)
        headers.emplace(view(request.headers[i].name), view(request.headers[i].value));
    CHECK(headers.at("content-type") == "application/json");
    CHECK(json::parse(view(request.body)).at("message").at("data").at("registration_id") ==
          "r_3kTMd9-wqV0nX2yPz");

    postbell_push without_token = samplePush();
    without_token.token = {nullptr, 0};
    CHECK(table.request(instance.self(), credential.get(), &without_token, kNow, &request) ==
          POSTBELL_EINVAL);
}

TEST_CASE("an outcome crosses the contract whole") {
    const FakeHost host;
    const PluginInstance instance(loadedFcm(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const OpenedCredential credential(instance, fileOf(accountJson().dump()));
    const postbell_push push = samplePush();
    postbell_outcome outcome{};
    outcome.size = sizeof outcome;

    const postbell_response busy = answer(503, "");
    REQUIRE(table.outcome(instance.self(), credential.get(), &push, &busy, kNow, &outcome) ==
            POSTBELL_OK);
    CHECK(outcome.result == POSTBELL_OUTCOME_RETRY);
    CHECK(outcome.scope == POSTBELL_SCOPE_ORIGIN);
    CHECK(outcome.backoff_ms == 10'000);
    CHECK(view(outcome.reason) == "UNAVAILABLE");
}

TEST_CASE("what cannot be a credential is not opened") {
    const FakeHost host;
    const PluginInstance instance(loadedFcm(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    void* credential = nullptr;
    json elsewhere = accountJson();
    elsewhere["token_uri"] = "https://evil.example/token";

    for (const std::string& content :
         {std::string("nonsense"), std::string("{}"), elsewhere.dump()}) {
        const postbell_credential_file file = fileOf(content);
        CHECK(table.open(instance.self(), &file, &credential) == POSTBELL_EINVAL);
    }
    CHECK(credential == nullptr);
}

TEST_CASE("device tokens are checked through the contract") {
    const FakeHost host;
    const PluginInstance instance(loadedFcm(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const std::string token = "id:" + std::string(140, 'x');

    CHECK(postbell::testing::checkedToken(instance.self(), table, token).normal == token);
    const TokenCheck bad = postbell::testing::checkedToken(instance.self(), table, "x");
    CHECK(bad.normal.empty());
    CHECK_FALSE(bad.problem.empty());
}
