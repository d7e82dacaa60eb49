// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/credential_choice.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/fake_store.h"

using namespace postbell;
using namespace postbell::dispatch;
using store::Environment;

namespace {

struct Fixture {
    testing::FakeCredentials credentials;

    store::Credential& add(store::Id id, std::int64_t uploaded_at) {
        store::Credential credential;
        credential.id = id;
        credential.app = 1;
        credential.provider = "apns";
        credential.production = true;
        credential.uploaded_at = util::fromMs(uploaded_at);
        return credentials.all.emplace_back(credential);
    }
    store::Id chosen(Environment environment = Environment::Production) {
        const auto found = chooseCredential(credentials, 1, "apns", environment);
        return found ? found->id : 0;
    }
};

}  // namespace

TEST_CASE("the newest credential of the app pushes", "[credential_choice]") {
    Fixture f;
    CHECK(f.chosen() == 0);
    f.add(1, 2'000);
    f.add(2, 3'000);
    f.add(3, 1'000);
    CHECK(f.chosen() == 2);
}

TEST_CASE("a credential of another app, provider or environment does not push",
          "[credential_choice]") {
    Fixture f;
    f.add(1, 1'000).app = 2;
    f.add(2, 1'000).provider = "fcm";
    store::Credential& sandbox = f.add(3, 1'000);
    sandbox.production = false;
    sandbox.sandbox = true;
    CHECK(f.chosen() == 0);
    CHECK(f.chosen(Environment::Sandbox) == 3);
}

TEST_CASE("a provider without environments has credentials that serve none",
          "[credential_choice]") {
    Fixture f;
    store::Credential& credential = f.add(1, 1'000);
    CHECK(environmentsOf(credential) == std::vector{Environment::Production});
    credential.sandbox = true;
    CHECK(environmentsOf(credential) == std::vector{Environment::Production, Environment::Sandbox});
    credential.production = credential.sandbox = false;
    CHECK(environmentsOf(credential) == std::vector{Environment::None});
    CHECK(f.chosen(Environment::None) == 1);
}
