// SPDX-License-Identifier: Apache-2.0
#include "admin/credential_commands.h"

#include <nlohmann/json.hpp>

#include "command_bench.h"
#include "support/provided_bench.h"
#include "util/codec.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

struct Bench : testing::ProvidedBench {
    Bench() { app(); }
    CredentialCommands commands{
        {store().directory(), store().credentials(), providers, clock(),
         [this](store::Id changed) { changed_app = changed; },
         [](const store::Credential&) {
             return std::map<store::Environment, std::string>{
                 {store::Environment::Production, "https://api.push.apple.com"},
                 {store::Environment::Sandbox, "https://api.sandbox.push.apple.com"}};
         }}};
    Called call{commands};
    const Json mail{{"tenant", "acme"}, {"app", "com.example.mail"}, {"provider", "apns"}};
    store::Id changed_app = 0;

    store::Id stored() {
        store::Credential credential;
        credential.app = app();
        credential.provider = "apns";
        credential.production = credential.sandbox = true;
        credential.kind = "apns-key";
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
    guard.strangers = {"1", "2", "3"};
    CHECK(alarm(guard) == store::kDoubtfulCredential);
    guard.strangers.pop_back();
    CHECK(alarm(guard).is_null());
    guard.authorization_refused = "ExpiredProviderToken";
    CHECK(alarm(guard).get<std::string>().find("(ExpiredProviderToken)") != std::string::npos);
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

TEST_CASE("whoever pushes with a removed credential hears of it") {
    Bench bench;
    bench.stored();
    bench.call("credential/remove", bench.mail);
    CHECK(bench.changed_app == bench.app());
    CHECK(bench.call.refusal("credential/remove", bench.mail) == 404);
}
