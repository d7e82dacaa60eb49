// SPDX-License-Identifier: Apache-2.0
// What the gateway ships keeps the contract, as the validator sees it.
#include <catch2/catch.hpp>

#include "plugins/apns/test_credentials.h"
#include "plugins/fcm/test_accounts.h"
#include "plugins/webpush/rfc8291.h"
#include "postbell/testing/fake_reply.hpp"
#include "postbell/testing/loaded_plugin.hpp"
#include "support/plugin_copy.h"
#include "validate/validator.h"

using namespace postbell;

namespace {

/// One line for each sin of the plugin in `file`; copied to where nobody else may write.
std::string sinsOf(const std::string& file, validate::Subject subject) {
    const test::PluginCopy copy(file);
    subject.file = copy.file();
    std::string sins;
    for (const validate::Verdict& verdict : validate::validate(subject))
        if (!verdict.sin.empty()) sins.append(verdict.name).append(": ").append(verdict.sin + "\n");
    return sins;
}

}  // namespace

TEST_CASE("the backends have no sins", "[validate]") {
    CHECK(sinsOf(DOVECOT_PLUGIN, {}) == "");
    CHECK(sinsOf(EWS_PLUGIN, {}) == "");
    CHECK(sinsOf(OFFICE365_PLUGIN, {}) == "");
    validate::Subject webhook;
    webhook.section.own = util::JsonValue(nlohmann::json{{"account", "/to"}});
    CHECK(sinsOf(WEBHOOK_PLUGIN, webhook) == "");
}

TEST_CASE("APNs has no sins", "[validate]") {
    validate::Subject subject;
    subject.credential.emplace();
    subject.credential->content = apns::testing::pemKey(*apns::testing::newEcKey());
    subject.credential->settings = {{"key-id", "ABC123DEFG"}, {"team-id", "TEAM123456"}};
    subject.device_token = std::string(64, 'a');
    CHECK(sinsOf(APNS_PLUGIN, subject) == "");
}

TEST_CASE("FCM has no sins", "[validate]") {
    validate::Subject subject;
    subject.credential.emplace();
    subject.credential->content = fcm::testing::accountJson().dump();
    subject.device_token = "id:" + std::string(140, 'x');
    CHECK(sinsOf(FCM_PLUGIN, subject) == "");
}

TEST_CASE("Web Push has no sins", "[validate]") {
    validate::Subject subject;
    subject.credential.emplace();
    subject.credential->content = nlohmann::json{{"publicKey", webpush::testing::kSenderPublic},
                                                 {"privateKey", webpush::testing::kSenderPrivate}}
                                      .dump();
    subject.credential->settings = {{"subject", "mailto:ops@example.com"}};
    subject.device_token = webpush::testing::subscriptionTo(webpush::testing::kEndpoint);
    CHECK(sinsOf(WEBPUSH_PLUGIN, subject) == "");
}

TEST_CASE("every plugin starts and answers on a host without a single service") {
    for (const char* file :
         {DOVECOT_PLUGIN, EWS_PLUGIN, OFFICE365_PLUGIN, APNS_PLUGIN, FCM_PLUGIN, WEBPUSH_PLUGIN}) {
        CAPTURE(file);
        const testing::LoadedPlugin plugin(file);
        testing::FakeHost host;
        for (const char* id : {POSTBELL_SERVICE_LOG, POSTBELL_SERVICE_METRICS,
                               POSTBELL_SERVICE_TIME, POSTBELL_SERVICE_CONFIG})
            host.withhold(id);
        const testing::PluginInstance instance(plugin, host);
        if (plugin.descriptor().kind != POSTBELL_KIND_BACKEND) continue;
        testing::FakeRequest request;
        request.body = "no protocol's";
        const postbell_request raw = request.raw();
        testing::FakeReply reply;
        CHECK(instance.table<postbell_backend_v0>().handle(instance.self(), &raw, reply.raw()) ==
              POSTBELL_OK);
        CHECK(reply.status == 400);
    }
}

TEST_CASE("nor have those that the tests share", "[validate]") {
    validate::Subject subject;
    CHECK(sinsOf(TENANT_BACKEND, subject) == "");
    subject.credential.emplace();
    subject.credential->content = "key";
    subject.device_token = "https://push.example.com/a";
    CHECK(sinsOf(DEVICE_PUSH, subject) == "");
}
