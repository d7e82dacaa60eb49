// SPDX-License-Identifier: Apache-2.0
// The section's keys, access tokens, national clouds.
#include <nlohmann/json.hpp>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>

#include "managed_bench.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Contains;
using nlohmann::json;

namespace {

struct Authorizing : ManagedBench {
    using ManagedBench::ManagedBench;
    testing::SentRequest ask() {
        postbell_authorization given{};
        given.size = sizeof given;
        REQUIRE(managed().authorize(instance->self(), kNow, &given) == POSTBELL_OK);
        problem = std::string(view(given.problem));
        if (given.exchange == nullptr) return {};
        return testing::SentRequest(*given.exchange);
    }
    postbell_status answer(int status, const std::string& body) {
        auto fake = json(status, body);
        const postbell_response raw = fake.raw();
        given_ = {};
        given_.size = sizeof given_;
        const auto result = managed().authorized(instance->self(), &raw, kNow, &given_);
        problem = std::string(view(given_.problem));
        return result;
    }
    postbell_authorization given_{};
    std::string problem;
};

std::string refusalOf(ManagedBench& bench) {
    try {
        bench.managed();
        return "accepted";
    } catch (const std::runtime_error& e) {
        return e.what();
    }
}

std::string selfSigned() {
    const std::shared_ptr<EVP_PKEY> key(EVP_RSA_gen(2048), EVP_PKEY_free);
    const std::shared_ptr<X509> certificate(X509_new(), X509_free);
    X509_set_pubkey(certificate.get(), key.get());
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const std::shared_ptr<BIO> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    PEM_write_bio_X509(out.get(), certificate.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("an access token is asked for with the secret, encoded as a form wants it") {
    Authorizing bench;
    const auto request = bench.ask();
    CHECK(request.method == "POST");
    CHECK(request.origin == "https://login.microsoftonline.com");
    CHECK(request.path == std::string("/") + kTenant + "/oauth2/v2.0/token");
    CHECK(request.header("content-type") == "application/x-www-form-urlencoded");
    CHECK(request.body == std::string("client_id=") + kClient +
                              "&grant_type=client_credentials&scope=https%3A%2F%2F"
                              "graph.microsoft.com%2F.default&client_secret=s3cret%2F%2B%26%3D");

    REQUIRE(bench.answer(200, R"({"token_type": "Bearer", "expires_in": 3599,
                                  "access_token": "abc"})") == POSTBELL_OK);
    CHECK(view(bench.given_.header.name) == "authorization");
    CHECK(view(bench.given_.header.value) == "Bearer abc");
    CHECK(bench.given_.expires_ms > kNow + 50 * 60'000);
    CHECK(bench.given_.expires_ms < kNow + 3'599'000);
    CHECK(bench.given_.renew_ms < bench.given_.expires_ms - 4 * 60'000);
}

TEST_CASE("what the login says no to has words", "[row:MANAGED-18][row:MANAGED-27]") {
    Authorizing bench;
    const auto words = [&](int code) {
        CHECK(
            bench.answer(401, json{{"error", "invalid_client"}, {"error_codes", {code}}}.dump()) ==
            POSTBELL_OK);
        return bench.problem;
    };
    CHECK_THAT(words(7000215), Contains("the secret's value, not its id"));
    CHECK_THAT(words(7000222), Contains("has expired"));
    CHECK_THAT(words(700016), Contains("client_id"));
    CHECK_THAT(words(90002), Contains("tenant_id"));
    CHECK_THAT(words(700027), Contains("certificate"));
    CHECK_THAT(words(700024), Contains("clock"));
    CHECK_THAT(words(123), Contains("AADSTS123"));
    CHECK(bench.answer(401, "<html>") == POSTBELL_OK);
    CHECK_THAT(bench.problem, Contains("refuses the app registration"));
    for (const int later : {0, 429, 500, 503}) CHECK(bench.answer(later, "{}") < 0);
    CHECK(bench.answer(200, "{}") < 0);
}

TEST_CASE("what passes at the login is no refusal, whatever the status", "[row:MANAGED-39]") {
    Authorizing bench;
    const int status = GENERATE(200, 400, 401, 403, 429, 503);
    const auto said = [&](const char* error, int code) {
        return bench.answer(status, json{{"error", error}, {"error_codes", {code}}}.dump());
    };
    for (const int code : {50033, 50196, 90006, 90012, 90024, 90033, 90055, 90090, 90091}) {
        CAPTURE(status, code);
        CHECK(said("invalid_grant", code) == POSTBELL_EAGAIN);
        CHECK_THAT(bench.problem, Contains("AADSTS" + std::to_string(code)));
    }
    CHECK(said("temporarily_unavailable", 1) == POSTBELL_EAGAIN);
    CHECK(said("server_error", 1) == POSTBELL_EAGAIN);
}

TEST_CASE("a certificate signs in place of a secret", "[row:MANAGED-29]") {
    Authorizing bench(false);
    bench.host.setSecret("certificate_file", selfSigned());
    const std::string body = bench.ask().body;
    CHECK_THAT(body, Contains("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                              "client-assertion-type%3Ajwt-bearer&client_assertion=ey"));
    CHECK(body.find("client_secret") == std::string::npos);
    CHECK(bench.ask().body != body);  // each with a name of its own (jti)
}

TEST_CASE("a secret that cannot be used stops no start, and each login says why") {
    const std::string good = selfSigned();
    const std::size_t certificate = good.find("-----BEGIN CERTIFICATE");
    const auto refusal = [](const std::string& pem) {
        Authorizing bench(false);
        bench.host.setSecret("certificate_file", pem);
        const bool asked = !bench.ask().body.empty();
        CHECK(asked == bench.problem.empty());
        return bench.problem;
    };
    CHECK(refusal(good).empty());
    CHECK_THAT(refusal(good.substr(certificate)), Contains("no private key"));
    CHECK_THAT(refusal(good.substr(0, certificate)), Contains("no certificate"));
    CHECK_THAT(refusal(good.substr(0, certificate) + selfSigned().substr(certificate)),
               Contains("not that of its certificate") || Contains("no certificate"));
    CHECK_THAT(refusal("rubbish"), Contains("no private key"));

    Authorizing bench;
    bench.host.setSecret("client_secret_file", "\n");
    bench.ask();
    CHECK_THAT(bench.problem, Contains("is empty"));
    bench.host.setSecret("client_secret_file", "mended\n");
    CHECK_THAT(bench.ask().body, Contains("client_secret=mended"));
}

TEST_CASE("national clouds have hosts of their own") {
    const auto hosts = [](const char* cloud) {
        Authorizing bench;
        bench.host.setConfig("cloud", cloud);
        const auto token = bench.ask();
        Task count;
        count.kind = TaskKind::Count;
        count.mailbox = kUser;
        auto task = bench.task(count);
        task->begin(kNow);
        return token.origin + " " + task->request.origin +
               (token.body.find("dod-graph") != std::string::npos ? " dod" : "");
    };
    CHECK(hosts("us-government") == "https://login.microsoftonline.us https://graph.microsoft.us");
    CHECK(hosts("us-government-dod") ==
          "https://login.microsoftonline.us https://dod-graph.microsoft.us dod");
    CHECK(hosts("china") ==
          "https://login.chinacloudapi.cn https://microsoftgraph.chinacloudapi.cn");
}

TEST_CASE("a section that does not go together is refused with a sentence", "[row:MANAGED-28]") {
    ManagedBench bench;
    SECTION("without the grants") {
        bench.host.withhold(POSTBELL_SERVICE_OUTBOUND);
        CHECK_THAT(refusalOf(bench), Contains("grants = [\"outbound\", \"secrets\"]"));
    }
    SECTION("without one of them") {
        bench.host.withhold(POSTBELL_SERVICE_SECRETS);
        CHECK_THAT(refusalOf(bench), Contains("grants = [\"outbound\", \"secrets\"]"));
    }
    SECTION("a tenant's name in place of its id") {
        bench.host.setConfig("tenant_id", "contoso.onmicrosoft.com");
        CHECK_THAT(refusalOf(bench), Contains("tenant_id must be a GUID"));
    }
    SECTION("a secret and a certificate") {
        bench.host.setSecret("certificate_file", selfSigned());
        CHECK_THAT(refusalOf(bench), Contains("one of them"));
    }
    SECTION("an endpoint with a path") {
        bench.host.setConfig("graph_endpoint", "https://graph.example.com/v1.0");
        CHECK_THAT(refusalOf(bench), Contains("graph_endpoint"));
    }
}

TEST_CASE("a section without managed keys manages nothing") {
    ManagedBench bench;
    testing::FakeHost plain("office365");
    const testing::PluginInstance instance(ManagedBench::plugin(), plain);
    CHECK(ManagedBench::plugin().descriptor().extension(instance.self(),
                                                        POSTBELL_EXTENSION_MANAGED) == nullptr);
}
