// SPDX-License-Identifier: Apache-2.0
// The plugin's file, used as a gateway uses it: nothing but the contract's tables.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include "postbell/testing/fake_push.hpp"

#include <set>
#include <thread>

#include "jwt_reading.h"
#include "loaded_apns.h"

using namespace postbell;
using namespace postbell::apns::testing;
using Catch::Matchers::Contains;
using postbell::testing::FakeHost;
using postbell::testing::PluginInstance;

namespace {

struct SeenReport {
    std::uint32_t flags = 0;
    std::string kind, subject, problem;
    std::vector<std::string> topics;
    int calls = 0;
};

void remember(void* user, const postbell_credential_report* report) noexcept {
    auto& seen = *static_cast<SeenReport*>(user);
    seen.flags = report->flags;
    seen.kind = view(report->kind);
    seen.subject = view(report->subject);
    seen.problem = view(report->problem);
    for (std::size_t i = 0; i < report->topic_count; ++i)
        seen.topics.emplace_back(view(report->topics[i]));
    ++seen.calls;
}

postbell_credential_file fileOf(std::string_view content, std::string_view password) {
    postbell_credential_file file{};
    file.size = sizeof file;
    file.content = bytes(content);
    file.password = str(password);
    file.app = str("com.example.mail");
    return file;
}

postbell_authorization emptyAuthorization() {
    postbell_authorization authorization{};
    authorization.size = sizeof authorization;
    return authorization;
}

}  // namespace

TEST_CASE("the descriptor says what the plugin is") {
    const postbell_plugin& plugin = loadedApns().descriptor();

    CHECK(plugin.size == sizeof(postbell_plugin));
    CHECK(plugin.abi_major == POSTBELL_ABI_MAJOR);
    CHECK(plugin.kind == POSTBELL_KIND_PROVIDER);
    CHECK(plugin.id == std::string("dev.postbell.apns"));
    CHECK(plugin.platforms == std::string("ios"));
    CHECK(plugin.flags == POSTBELL_HAS_ENVIRONMENTS);
    CHECK(plugin.needs == 0);
    const auto schema = nlohmann::json::parse(plugin.config_schema);
    CHECK(schema.at("properties").contains("endpoint"));
    CHECK(schema.at("properties").at("port").at("enum") == nlohmann::json{443, 2197});
}

TEST_CASE("the origins are those that the config leads to") {
    const auto originsWith = [](const char* key, const char* value) {
        return postbell::test::originsWith(loadedApns(), {{key, value}});
    };

    CHECK(
        originsWith("port", "443") ==
        std::set<std::string>{"https://api.push.apple.com", "https://api.sandbox.push.apple.com"});
    CHECK(originsWith("port", "2197") ==
          std::set<std::string>{"https://api.push.apple.com:2197",
                                "https://api.sandbox.push.apple.com:2197"});
    CHECK(originsWith("endpoint", "https://127.0.0.1:2197") ==
          std::set<std::string>{"https://127.0.0.1:2197"});
}

TEST_CASE("config decides where pushes go") {
    const auto originWith = [](const char* key, const char* value) {
        FakeHost host;
        host.setConfig(key, value);
        const PluginInstance instance(loadedApns(), host);
        const OpenedCredential credential(instance, StoredKey{pemKey(*newEcKey())}.raw());
        postbell_http_request request{};
        request.size = sizeof request;
        const postbell_push push = samplePush();
        REQUIRE(instance.table<postbell_provider_v0>().request(
                    instance.self(), credential.get(), &push, kNow, &request) == POSTBELL_OK);
        return std::string(view(request.origin));
    };

    CHECK(originWith("endpoint", "") == "https://api.push.apple.com");
    CHECK(originWith("endpoint", "https://127.0.0.1:2197") == "https://127.0.0.1:2197");
    CHECK(originWith("port", "443") == "https://api.push.apple.com");
    CHECK(originWith("port", "2197") == "https://api.push.apple.com:2197");
}

TEST_CASE("a config that cannot work is refused with a sentence") {
    const auto refusal = [](const char* key, const char* value) {
        return postbell::test::refusalOf(loadedApns(), key, value);
    };

    CHECK_THAT(refusal("endpoint", "http://127.0.0.1"), Contains("https://host"));
    CHECK_THAT(refusal("endpoint", "https://127.0.0.1/path"), Contains("without a path"));
    CHECK_THAT(refusal("endpoint", "https://"), Contains("https://host"));
    CHECK_THAT(refusal("port", "8443"), Contains("443 and 2197"));
}

TEST_CASE("device tokens are checked through the contract") {
    const FakeHost host;
    const PluginInstance instance(loadedApns(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const TokenCheck good = postbell::testing::checkedToken(instance.self(), table, "00FF");
    CHECK(good.normal == "00ff");
    CHECK(good.problem.empty());
    CHECK(good.origin.empty());
    for (const char* wrong : {"nonsense", ""}) {
        const TokenCheck bad = postbell::testing::checkedToken(instance.self(), table, wrong);
        CHECK(bad.normal.empty());
        CHECK_FALSE(bad.problem.empty());
    }
}

TEST_CASE("a credential is inspected through the contract, good or not") {
    const FakeHost host;
    const PluginInstance instance(loadedApns(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const auto key = newEcKey();
    const std::string content =
        p12(key.get(), newCertificate({}, *key).get(), "secret", P12Ciphers::Rc2And3Des);
    SeenReport seen;

    const postbell_credential_file good = fileOf(content, "secret");
    CHECK(table.inspect(instance.self(), &good, kNow, remember, &seen) == POSTBELL_OK);
    CHECK(seen.calls == 1);
    CHECK(seen.problem.empty());
    CHECK(seen.kind == "apns-certificate");
    CHECK(seen.topics == std::vector<std::string>{"com.example.mail"});

    const postbell_credential_file bad = fileOf(content, "wrong");
    CHECK(table.inspect(instance.self(), &bad, kNow, remember, &seen) == POSTBELL_OK);
    CHECK_THAT(seen.problem, Contains("password"));

    const postbell_credential_file nothing = fileOf("", "");
    CHECK(table.inspect(instance.self(), &nothing, kNow, remember, &seen) == POSTBELL_OK);
    CHECK_THAT(seen.problem, Contains("empty"));
    CHECK(seen.calls == 3);
}

TEST_CASE("several threads inspect at once") {
    const FakeHost host;
    const PluginInstance instance(loadedApns(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const auto key = newEcKey();
    const std::string content =
        p12(key.get(), newCertificate({}, *key).get(), "secret", P12Ciphers::Rc2And3Des, 1);
    std::vector<SeenReport> seen(4);
    std::vector<std::thread> threads;

    for (SeenReport& report : seen)
        threads.emplace_back([&] {
            const postbell_credential_file file = fileOf(content, "secret");
            for (int i = 0; i < 20; ++i)
                table.inspect(instance.self(), &file, kNow, remember, &report);
        });
    for (std::thread& thread : threads) thread.join();

    for (const SeenReport& report : seen) {
        CHECK(report.calls == 20);
        CHECK(report.problem.empty());
    }
}

TEST_CASE("a signing key authorizes with a token of its times") {
    const FakeHost host;
    const PluginInstance instance(loadedApns(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const auto key = newEcKey();
    const OpenedCredential credential(instance, StoredKey{pemKey(*key)}.raw());

    postbell_authorization authorization = emptyAuthorization();
    REQUIRE(table.authorize(instance.self(), credential.get(), kNow + 999, &authorization) ==
            POSTBELL_OK);

    CHECK(view(authorization.header.name) == "authorization");
    CHECK(authorization.header.flags == POSTBELL_HEADER_SECRET);
    CHECK(authorization.not_renewed_before_ms == kNow + 20 * 60'000);
    CHECK(authorization.renew_ms == kNow + 50 * 60'000);
    CHECK(authorization.expires_ms == kNow + 60 * 60'000);
    CHECK(authorization.exchange == nullptr);
    CHECK(authorization.problem.ptr == nullptr);
    const std::string value(view(authorization.header.value));
    REQUIRE(value.substr(0, 7) == "bearer ");
    const JwtParts jwt = splitJwt(value.substr(7));
    CHECK(verifies(jwt, *key));
    CHECK(nlohmann::json::parse(jwt.claims).at("iat") == kNow / 1000);
}

TEST_CASE("a certificate needs no authorization") {
    const FakeHost host;
    const PluginInstance instance(loadedApns(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const auto key = newEcKey();
    const std::string content = p12(key.get(), newCertificate({}, *key).get(), "secret");
    const OpenedCredential credential(instance, fileOf(content, "secret"));

    postbell_authorization authorization = emptyAuthorization();
    REQUIRE(table.authorize(instance.self(), credential.get(), kNow, &authorization) ==
            POSTBELL_OK);
    CHECK(authorization.header.name.ptr == nullptr);

    postbell_outcome outcome{};
    outcome.size = sizeof outcome;
    postbell_response response{};
    response.size = sizeof response;
    response.status = 403;
    response.body = bytes(R"({"reason":"ExpiredProviderToken"})");
    const postbell_push push = samplePush();
    REQUIRE(table.outcome(instance.self(), credential.get(), &push, &response, kNow, &outcome) ==
            POSTBELL_OK);
    CHECK(outcome.result == POSTBELL_OUTCOME_CREDENTIAL);
}

TEST_CASE("what cannot be a credential is not opened") {
    const FakeHost host;
    const PluginInstance instance(loadedApns(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    void* credential = nullptr;

    const postbell_credential_file file = fileOf("nonsense", "");
    CHECK(table.open(instance.self(), &file, &credential) == POSTBELL_EINVAL);
    StoredKey key{pemKey(*newEcKey())};
    key.settings.pop_back();
    const postbell_credential_file without_team = key.raw();
    CHECK(table.open(instance.self(), &without_team, &credential) == POSTBELL_EINVAL);
    CHECK(credential == nullptr);
}

TEST_CASE("a request outlives the push that it was made from") {
    const FakeHost host;
    const PluginInstance instance(loadedApns(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const OpenedCredential credential(instance, StoredKey{pemKey(*newEcKey())}.raw());
    postbell_http_request request{};
    request.size = sizeof request;

    {
        std::string id = "8b8e2d0c-1b5f-4a6e-9a9e-3f1b2c4d5e6f";
        std::string app = "com.example.mail";
        postbell_push push = samplePush();
        push.id = str(id);
        push.app = str(app);
        REQUIRE(table.request(instance.self(), credential.get(), &push, kNow, &request) ==
                POSTBELL_OK);
        id.assign(id.size(), 'x');
        app.assign(app.size(), 'x');
    }

    std::map<std::string, std::string> headers;
    for (std::size_t i = 0; i < request.header_count; ++i)
        headers.emplace(view(request.headers[i].name), view(request.headers[i].value));
    CHECK(headers.at("apns-topic") == "com.example.mail");
    CHECK(headers.at("apns-id") == "8b8e2d0c-1b5f-4a6e-9a9e-3f1b2c4d5e6f");
    CHECK(nlohmann::json::parse(view(request.body)).at("aps").at("badge") == 5);
}

TEST_CASE("a request of one push has nothing of the one before") {
    const FakeHost host;
    const PluginInstance instance(loadedApns(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const OpenedCredential credential(instance, StoredKey{pemKey(*newEcKey())}.raw());
    postbell_http_request request{};
    request.size = sizeof request;

    for (const std::size_t length : {2u, 50u, 3u}) {
        const std::string token(2 * length, 'a');
        postbell_push push = samplePush();
        push.token = str(token);
        REQUIRE(table.request(instance.self(), credential.get(), &push, kNow, &request) ==
                POSTBELL_OK);
        CHECK(view(request.path) == "/3/device/" + token);
        CHECK(request.header_count == 6);
        CHECK(nlohmann::json::accept(view(request.body)));
    }
}

TEST_CASE("an outcome comes through the contract whole") {
    const FakeHost host;
    const PluginInstance instance(loadedApns(), host);
    const auto& table = instance.table<postbell_provider_v0>();
    const OpenedCredential credential(instance, StoredKey{pemKey(*newEcKey())}.raw());
    const postbell_push push = samplePush();
    const postbell_header retry_after{str("retry-after"), str("30"), 0};
    postbell_response response{};
    response.size = sizeof response;
    response.status = 503;
    response.headers = &retry_after;
    response.header_count = 1;
    response.body = bytes(R"({"reason":"ServiceUnavailable"})");

    postbell_outcome outcome{};
    outcome.size = sizeof outcome;
    REQUIRE(table.outcome(instance.self(), credential.get(), &push, &response, kNow, &outcome) ==
            POSTBELL_OK);
    CHECK(outcome.result == POSTBELL_OUTCOME_RETRY);
    CHECK(outcome.scope == POSTBELL_SCOPE_ORIGIN);
    CHECK(outcome.flags == POSTBELL_OUTCOME_NEW_CONNECTION);
    CHECK(outcome.retry_after_ms == 30'000);
    CHECK(view(outcome.reason) == "ServiceUnavailable");
    CHECK_FALSE(view(outcome.advice).empty());

    response.status = 418;
    response.body = {nullptr, 0};
    REQUIRE(table.outcome(instance.self(), credential.get(), &push, &response, kNow, &outcome) ==
            POSTBELL_OK);
    CHECK(view(outcome.reason) == "Unknown418");
}
