// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "unit/store/store_fixture.h"

using namespace postbell;
using namespace postbell::store;

TEST_CASE_METHOD(StoreFixture, "no secret is in the database's files", "[store]") {
    NewRegistration incoming_a = incoming("plain-device-token-4711", "a");
    store().registerDevice(incoming_a);
    Credential credential;
    credential.app = app();
    credential.provider = "apns";
    credential.production = true;
    credential.content = "plain-credential-content";
    credential.password = "plain-credential-password";
    credential = store().putCredential(credential);
    StoredAuthorization authorization;
    authorization.name = "authorization";
    authorization.value = "bearer plain-authorization-value";
    store().saveAuthorization(credential.id, credential.upload, authorization);
    store().flush();
    const std::string hash_key = store().findTenant("acme").value().hash_key;
    REQUIRE(store().findCredential(credential.id).value().authorization.value ==
            authorization.value);
    REQUIRE(hash_key.size() == 32);

    std::string all;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::ifstream stream(file().string() + suffix, std::ios::binary);
        all.append(std::istreambuf_iterator<char>(stream), {});
    }

    REQUIRE(all.find("com.example.mail") != std::string::npos);
    for (const std::string& secret :
         {std::string("plain-device-token"), std::string("plain-credential-content"),
          std::string("plain-credential-password"), std::string("plain-authorization"), hash_key,
          testKey().bytes()}) {
        CHECK(all.find(secret) == std::string::npos);
    }
}
