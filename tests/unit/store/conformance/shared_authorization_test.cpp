// SPDX-License-Identifier: Apache-2.0
// One authorization for all credentials with one secret.
#include <catch2/catch.hpp>

#include <vector>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using postbell::util::sha256;

namespace {

/// Apps of one tenant, each with one credential.
struct CredentialFixture : StoreFixture {
    /// A new app's credential, or a new upload of it.
    Credential put(const std::string& name, const std::string& secret) {
        App wanted;
        wanted.tenant = store().directory().findApp(app())->tenant;
        wanted.name = name;
        auto added = store().directory().addApp(wanted, sha256(name));
        if (!added) added = store().directory().findApp(wanted.tenant, name);
        Credential given;
        given.app = added->id;
        given.provider = "apns";
        given.kind = "apns-key";
        given.subject = "key K of team T";
        given.content = secret;
        given.settings = {{"key-id", "K"}, {"team-id", "T"}};
        return store().credentials().putCredential(given);
    }
    /// An authorization of which the network does not want another so soon.
    void save(const Credential& credential, const std::string& value, std::int64_t not_before = 9) {
        queue(credential, value, not_before);
        store().flush();
    }
    void queue(const Credential& credential, const std::string& value, std::int64_t not_before) {
        StoredAuthorization given;
        given.name = "authorization";
        given.value = value;
        given.expires_at = util::fromMs(60);
        given.not_renewed_before = util::fromMs(not_before);
        store().credentials().saveAuthorization(credential.id, credential.upload, given, {});
    }
    std::string authorizationOf(const Credential& credential) {
        return store().credentials().findCredential(credential.id)->authorization.value;
    }
};

}  // namespace

TEST_CASE_METHOD(CredentialFixture, "credentials with one secret have one authorization",
                 "[store]") {
    const Credential one = put("one", "-----BEGIN KEY\nBODY\n"),
                     two = put("two", "-----BEGIN KEY\r\nBODY");
    const Credential stranger = put("stranger", "ANOTHER KEY");
    save(one, "bearer 1");
    CHECK(authorizationOf(two) == "bearer 1");
    CHECK(authorizationOf(stranger).empty());

    SECTION("one that is added later begins with it") {
        CHECK(put("three", "-----BEGIN KEY BODY").authorization.value == "bearer 1");
    }
    SECTION("one that is uploaded again keeps it") {
        CHECK(put("one", "-----BEGIN KEY\nBODY\n").authorization.value == "bearer 1");
    }
    SECTION("one that is given another secret begins without it") {
        CHECK(put("one", "ANOTHER KEY").authorization.value.empty());
    }
    SECTION("a secret that is no PEM file is another with a blank more") {
        const Credential word = put("word", "pass word");
        save(word, "bearer 3");
        CHECK(put("other word", "password").authorization.value.empty());
    }
    SECTION("it outlives the credential that it was given to") {
        REQUIRE(store().credentials().removeCredential(one.id));
        CHECK(put("three", "-----BEGIN KEY BODY").authorization.value == "bearer 1");
    }
    SECTION("it is kept with the one before it, also for others") {
        StoredAuthorization next;
        next.name = "authorization";
        next.value = "bearer 2";
        next.not_renewed_before = util::fromMs(19);
        next.earlier.name = "authorization";
        next.earlier.value = "bearer 1";
        store().credentials().saveAuthorization(one.id, one.upload, next, {});
        store().flush();
        CHECK(store().credentials().findCredential(two.id)->authorization.earlier.value ==
              "bearer 1");
    }
    SECTION("it is renewed for all") {
        save(two, "bearer 2", 19);
        CHECK(authorizationOf(one) == "bearer 2");
    }
}

TEST_CASE_METHOD(CredentialFixture, "the newest authorization of a secret counts, whoever got it",
                 "[store]") {
    std::vector<Credential> all;
    for (int i = 0; i < 10; ++i) all.push_back(put("app " + std::to_string(i), "KEY"));
    REQUIRE(all.back().id >= 10);
    SECTION("as after the database could not be written for long") {
        together([&] {
            queue(all[1], "bearer 1", 9);
            queue(all[9], "bearer 2", 19);
        });
        CHECK(authorizationOf(all[1]) == "bearer 2");
    }
    SECTION("and though the clock was ahead when the one before was made") {
        save(all[9], "bearer 1", 1'000'000);
        save(all[1], "bearer 2", 19);
        CHECK(authorizationOf(all[9]) == "bearer 2");
    }
    CHECK(put("later", "KEY").authorization.value == "bearer 2");
}

TEST_CASE_METHOD(CredentialFixture,
                 "an authorization that may be renewed at any time is one credential's alone",
                 "[store]") {
    const Credential one = put("one", "KEY"), two = put("two", "KEY");
    save(one, "bearer 1", 0);
    CHECK(authorizationOf(two).empty());
    CHECK(put("one", "KEY").authorization.value.empty());
}
