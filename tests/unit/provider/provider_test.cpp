// SPDX-License-Identifier: Apache-2.0
#include "provider/provider.h"

#include <catch2/catch.hpp>

#include "plugin/text.h"
#include "support/fake_provider.h"

using namespace postbell;
using namespace postbell::provider;
using testing::FakeProvider;
using testing::text;

TEST_CASE("a token has a normal form, or a problem", "[provider]") {
    FakeProvider fake;
    CHECK(fake.provider->checkToken("token").normal == "token");

    fake.script.check_token = [](postbell_str, postbell_token_check& found) {
        found.normal = {};
        found.problem = testing::text("it is too short");
        return POSTBELL_OK;
    };
    CHECK(fake.provider->checkToken("token").problem == "it is too short");
    CHECK(fake.provider->checkToken("token").normal.empty());

    // Neither a form nor a word.
    fake.script.check_token = [](postbell_str, postbell_token_check& found) {
        found.normal = {};
        return POSTBELL_OK;
    };
    CHECK(fake.provider->checkToken("token").problem ==
          "this is not a device token of provider fake");
    // A form, and an error at the same time; a struct that is smaller than in version 1.
    fake.script.check_token = [](postbell_str, postbell_token_check&) {
        return POSTBELL_EINTERNAL;
    };
    CHECK(fake.provider->checkToken("token").normal.empty());
    fake.script.check_token = [](postbell_str, postbell_token_check& found) {
        found.size = POSTBELL_TOKEN_CHECK_V1_SIZE - 1;
        return POSTBELL_OK;
    };
    CHECK(fake.provider->checkToken("token").normal.empty());
}

TEST_CASE("a normal form that breaks the contract is no token", "[provider]") {
    FakeProvider fake;
    std::string normal;
    fake.script.check_token = [&](postbell_str, postbell_token_check& found) {
        found.normal = text(normal);
        return POSTBELL_OK;
    };
    normal = std::string(POSTBELL_MAX_DEVICE_TOKEN_BYTES, 'a');
    CHECK(fake.provider->checkToken("token").normal == normal);
    for (const std::string& breach : {normal + "a", std::string("a\r\nb"), std::string("\xff")}) {
        normal = breach;
        const TokenCheck check = fake.provider->checkToken("token");
        CHECK(check.normal.empty());
        CHECK_THAT(check.problem, Catch::Contains("cannot take this device token"));
    }
}

TEST_CASE("a check that fails leaves the token undecided, and its sentence is in the log",
          "[provider]") {
    FakeProvider fake;
    postbell_status status = POSTBELL_EINTERNAL;
    fake.script.check_token = [&](postbell_str, postbell_token_check& found) {
        found.normal = {};
        found.problem = text("the list of tokens is not there");
        return status;
    };
    CHECK(fake.provider->checkToken("token").failed);
    CHECK_THAT(fake.bench.logged(), Catch::Contains("the list of tokens is not there"));
    status = POSTBELL_EAGAIN;
    CHECK(fake.provider->checkToken("token").failed);
    status = POSTBELL_EINVAL;
    CHECK_FALSE(fake.provider->checkToken("token").failed);
    CHECK(fake.provider->checkToken("token").problem == "the list of tokens is not there");

    fake.script.check_token = [](postbell_str, postbell_token_check& found) {
        found.size = 0;  // as if it had reported nothing
        return POSTBELL_OK;
    };
    CHECK(fake.provider->checkToken("token").failed);
}

TEST_CASE("a report of absurd lengths is refused, and not read", "[provider]") {
    constexpr std::size_t kAbsurd = std::size_t{1} << 40;
    const postbell_str absurd{"x", kAbsurd};
    FakeProvider fake;
    fake.script.check_token = [&](postbell_str, postbell_token_check& found) {
        found.normal = absurd;
        found.problem = absurd;
        return POSTBELL_OK;
    };
    CHECK_THAT(fake.provider->checkToken("token").problem, Catch::Contains("too long"));
    CHECK_THAT(fake.bench.logged(), Catch::Contains("too long"));

    const std::function<void(postbell_credential_report&)> kBreaches[] = {
        [&](auto& found) { found.kind = absurd; }, [&](auto& found) { found.subject = absurd; },
        [&](auto& found) {
            found.identity = {reinterpret_cast<const std::uint8_t*>("x"), kAbsurd};
        },
        [&](auto& found) { found.topic_count = kAbsurd; }};
    for (const auto& write : kBreaches) {
        fake.script.inspect = [&](const postbell_credential_file&, const auto& report) {
            const postbell_str topic = text("one");
            postbell_credential_report found{};
            found.size = sizeof found;
            found.kind = text("key");
            found.topics = &topic;
            found.topic_count = 1;
            write(found);
            report(found);
            return POSTBELL_OK;
        };
        CHECK_THAT(fake.provider->inspect({}, {}).problem, Catch::Contains("too"));
    }
}

TEST_CASE("an inspection that fails tells the admin why", "[provider]") {
    FakeProvider fake;
    fake.script.inspect = [](const postbell_credential_file&, const auto& report) {
        postbell_credential_report found{};
        found.size = sizeof found;
        found.problem = text("the parser broke");
        report(found);
        return POSTBELL_EINTERNAL;
    };
    CHECK(fake.provider->inspect({}, {}).problem == "the parser broke");
    CHECK_THAT(fake.bench.logged(), Catch::Contains("inspect() failed with POSTBELL_EINTERNAL"));
}

TEST_CASE("a credential's content is reported, or that it cannot be read", "[provider]") {
    FakeProvider fake;
    CredentialUpload upload;
    upload.content = "secret";
    upload.settings = {{"key-id", "ABC"}};
    upload.app = "com.example.mail";
    fake.script.inspect = [](const postbell_credential_file& file, const auto& report) {
        CHECK(file.content.len == 6);
        REQUIRE(file.setting_count == 1);
        CHECK(plugin::view(file.settings[0].value) == "ABC");
        CHECK(plugin::view(file.app) == "com.example.mail");
        const postbell_str topics[] = {text("one"), text("two")};
        postbell_credential_report found{};
        found.size = sizeof found;
        found.flags = POSTBELL_CREDENTIAL_SANDBOX;
        found.kind = text("key");
        found.subject = text("Example");
        found.topics = topics;
        found.topic_count = 2;
        found.expires_ms = 7;
        report(found);
        return POSTBELL_OK;
    };
    const CredentialReport report = fake.provider->inspect(upload, util::fromMs(1));
    CHECK(report.problem.empty());
    CHECK(report.kind == "key");
    CHECK(report.subject == "Example");
    CHECK(report.topics == std::vector<std::string>{"one", "two"});
    CHECK(report.sandbox);
    CHECK_FALSE(report.production);
    CHECK(report.expires_at == util::fromMs(7));

    fake.script.inspect = [](const postbell_credential_file&, const auto&) { return POSTBELL_OK; };
    CHECK(fake.provider->inspect(upload, util::fromMs(1)).problem ==
          "provider fake could not read this file");
}

TEST_CASE("an identity is what the plugin reports, or the file itself", "[provider]") {
    FakeProvider fake;
    std::string reported;
    fake.script.inspect = [&](const postbell_credential_file&, const auto& report) {
        postbell_credential_report found{};
        found.size = reported.empty() ? POSTBELL_CREDENTIAL_REPORT_V1_SIZE : sizeof found;
        found.flags = POSTBELL_CREDENTIAL_TLS_IDENTITY;
        found.kind = text("certificate");
        found.identity = {reinterpret_cast<const std::uint8_t*>(reported.data()), reported.size()};
        report(found);
        return POSTBELL_OK;
    };
    CredentialUpload upload;
    upload.content = "the file";

    CHECK(fake.provider->inspect(upload, {}).identity == "the file");
    reported = "the plugin's";
    CHECK(fake.provider->inspect(upload, {}).identity == "the plugin's");
}

TEST_CASE("a platform has one provider", "[provider]") {
    FakeProvider first, second;
    const Provider* added = first.provider.get();
    ProviderHost host;
    host.add(std::move(first.provider));
    CHECK_THROWS_WITH(host.add(std::move(second.provider)), Catch::Contains("platform ios"));
    CHECK(host.forPlatform("ios") == added);
    CHECK(host.forPlatform("android") == nullptr);
    CHECK(host.find("fake") == added);
    CHECK(host.find("other") == nullptr);
    CHECK(host.all().size() == 1);
}
