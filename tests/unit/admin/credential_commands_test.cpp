// SPDX-License-Identifier: Apache-2.0
#include "admin/credential_commands.h"

#include <nlohmann/json.hpp>

#include "command_bench.h"
#include "support/provided_bench.h"
#include "support/test_certificates.h"
#include "util/codec.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

struct Bench : testing::ProvidedBench {
    Bench() { app(); }
    const util::SystemClock today;  // on which the certificates of tests are valid
    CredentialCommands commands{
        {store().directory(), store().credentials(), providers, today,
         [this](store::Id changed) { changed_app = changed; },
         [](const store::Credential&) {
             return std::map<store::Environment, std::string>{
                 {store::Environment::Production, "https://api.push.apple.com"},
                 {store::Environment::Sandbox, "https://api.sandbox.push.apple.com"}};
         },
         [this](store::Id) { return authorization_problem; }}};
    std::string authorization_problem;
    Called call{commands};
    const Json mail{{"tenant", "acme"}, {"app", "com.example.mail"}, {"provider", "apns"}};
    const test::TestAuthority authority;
    store::Id changed_app = 0;

    /// The arguments of `credential add` with that file.
    Json upload(const std::string& file) const {
        Json arguments = mail;
        arguments["content"] = util::base64Encode(file);
        arguments["password"] = "not needed";
        return arguments;
    }

    store::Id stored() {
        store::Credential credential;
        credential.app = app();
        credential.provider = "apns";
        credential.production = credential.sandbox = true;
        credential.kind = "apns-key";
        credential.content = authority.issue("a key", "").key;
        credential.settings = {{"key-id", "ABCDEFGHIJ"}, {"team-id", "TEAM123456"}};
        credential.uploaded_at = util::fromMs(1'000);
        return store().credentials().putCredential(credential).id;
    }
};

}  // namespace

TEST_CASE("a credential that the provider cannot use is refused with the provider's sentence") {
    Bench bench;
    Json upload = bench.mail;
    CHECK(bench.call.refusal("credential/add", upload) == 400);
    upload["content"] = "not base64!";
    CHECK(bench.call.refusal("credential/add", upload) == 400);
    upload["content"] = util::base64Encode("not a key");
    CHECK(bench.call.refusal("credential/add", upload) == 422);
    upload["settings"] = "key";
    CHECK(bench.call.refusal("credential/add", upload) == 400);
    upload["provider"] = "fcm";
    CHECK(bench.call.refusal("credential/add", upload) == 400);
    CHECK(bench.changed_app == 0);
}

TEST_CASE("a key is made only for providers whose schema takes one") {
    Bench bench;
    Json asked = bench.mail;
    asked["generate"] = true;
    CHECK(bench.call.refusal("credential/add", asked) == 400);
    asked["content"] = util::base64Encode("a file");
    CHECK(bench.call.refusal("credential/add", asked) == 400);
    asked["generate"] = "yes";
    CHECK(bench.call.refusal("credential/add", asked) == 400);
    CHECK(bench.changed_app == 0);
}

TEST_CASE("a TLS identity is stored in the form in which it is presented") {
    Bench bench;
    const auto pem = bench.authority.issue("com.example.mail", "");
    const auto other = bench.authority.issue("com.example.other", "");

    const Json added = bench.call(
        "credential/add", bench.upload(other.certificate + pem.certificate + other.key + pem.key));

    const auto stored = bench.store().credentials().findCredential(
        std::stoll(added["credential"]["credential"].get<std::string>()));
    CHECK(stored->content == pem.key + pem.certificate);
    CHECK(stored->password.empty());
    CHECK(added["credential"]["unusable"].is_null());
}

TEST_CASE("a certificate that OpenSSL does not present is refused, and the working one stays") {
    struct Case {
        const char* name;
        test::Weakness weakness;
    };
    for (const Case& one : {Case{"apns-certificate-signed-with-sha1", test::Weakness::Sha1},
                            Case{"apns-certificate-rsa1024", test::Weakness::ShortKey}}) {
        CAPTURE(one.name);
        Bench bench;
        const auto good = bench.authority.issue("com.example.mail", "");
        bench.call("credential/add", bench.upload(good.key + good.certificate));
        const Json before = bench.call("credential/list");

        const auto weak = bench.authority.issueWeak("com.example.mail", one.weakness);
        CHECK(bench.call.refusal("credential/add", bench.upload(weak.key + weak.certificate)) ==
              422);

        CHECK(bench.call("credential/list") == before);
    }
}

TEST_CASE("a file that was stored as it was uploaded is opened with its password") {
    Bench bench;
    const auto pem = bench.authority.issue("com.example.mail", "");
    store::Credential stored;
    stored.app = bench.app();
    stored.provider = "apns";
    stored.production = true;
    stored.content = pem.certificate + test::encryptedKey(pem.key, "secret");
    const auto fault = [&](const std::string& password) {
        stored.password = password;
        bench.store().credentials().putCredential(stored);
        return bench.call("credential/show", bench.mail)["credential"]["unusable"];
    };

    CHECK(fault("secret").is_null());
    CHECK_THAT(fault("another").get<std::string>(), Catch::Contains("password is wrong"));
}

TEST_CASE("a stored credential that cannot be used any more is told with the reason") {
    Bench bench;
    bench.stored();
    const auto weak = bench.authority.issueWeak("com.example.mail", test::Weakness::Sha1);
    store::Credential stored;
    stored.app = bench.app();
    stored.provider = "apns";
    stored.production = true;
    stored.content = weak.key + weak.certificate;
    bench.store().credentials().putCredential(stored);

    const Json listed = bench.call("credential/list")["credentials"];

    CHECK(listed[0]["unusable"].is_null());
    CHECK_THAT(listed[1]["unusable"].get<std::string>(), Catch::Contains("signed with SHA1"));
    CHECK_THAT(listed[1]["alarm"].get<std::string>(), Catch::Contains("cannot use it"));
}

TEST_CASE("a credential is named by its number, or by its app") {
    Bench bench;
    const std::string number = std::to_string(bench.stored());
    const Json shown = bench.call("credential/show", {{"credential", number}})["credential"];
    CHECK(shown["credential"] == number);
    CHECK(shown["kind"] == "apns-key");
    CHECK(shown["environments"] == Json({"production", "sandbox"}));
    CHECK(shown["paused"].is_null());
    CHECK(bench.call("credential/show", bench.mail)["credential"] == shown);
    CHECK(bench.call.refusal("credential/show", Json::object()) == 400);
    CHECK(bench.call.refusal("credential/show", {{"credential", "x"}}) == 404);
    CHECK(bench.call.refusal("credential/show", {{"credential", "999"}}) == 404);
}

TEST_CASE("a credential's alarm says what may be wrong with it") {
    Bench bench;
    const store::Id id = bench.stored();
    const auto alarm = [&](const store::GuardState& guard) {
        bench.store().credentials().saveGuard(id, 1, store::Environment::Production, guard);
        bench.store().flush();
        return bench.call("credential/show", bench.mail)["credential"]["alarm"];
    };
    store::GuardState guard;
    CHECK(alarm(guard).is_null());
    guard.strangers = {1, 2, 3};
    CHECK(alarm(guard) == store::kDoubtfulCredential);
    guard.strangers.pop_back();
    CHECK(alarm(guard).is_null());
    guard.authorization_refused = "ExpiredProviderToken";
    CHECK(alarm(guard).get<std::string>().find("(ExpiredProviderToken)") != std::string::npos);
}

TEST_CASE("a credential that gets no authorization has an alarm") {
    Bench bench;
    bench.stored();
    bench.authorization_problem = "no answer within 30 seconds";
    const Json shown = bench.call("credential/show", bench.mail)["credential"];
    CHECK(shown["alarm"].get<std::string>().find("no answer") != std::string::npos);
}

TEST_CASE("the list says where pushes go, and whether some will") {
    Bench bench;
    bench.stored();
    const Json origins =
        bench.call("credential/list", {{"origins", true}})["credentials"][0]["origins"];
    REQUIRE(origins.size() == 2);
    CHECK(origins[0] == Json{{"origin", "https://api.push.apple.com"}, {"needed", true}});
    CHECK(origins[1]["needed"] == false);  // before the first device
    bench.store().directory().addTenant("other");
    CHECK(bench.call("credential/list", {{"tenant", "other"}})["credentials"].empty());
}

TEST_CASE("the sender of pushes hears of a removed credential") {
    Bench bench;
    bench.stored();
    bench.call("credential/remove", bench.mail);
    CHECK(bench.changed_app == bench.app());
    CHECK(bench.call.refusal("credential/remove", bench.mail) == 404);
}
