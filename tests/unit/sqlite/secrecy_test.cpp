// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "sqlite/migrations.h"
#include "sqlite/query.h"
#include "support/store_fixture.h"
#include "util/codec.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;

namespace {

/// All bytes of the database's files.
std::string bytesOf(const std::filesystem::path& database) {
    std::string all;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::ifstream stream(database.string() + suffix, std::ios::binary);
        all.append(std::istreambuf_iterator<char>(stream), {});
    }
    return all;
}

/// A database as it was before settings were sealed, with one credential.
void makeWithOpenSettings(const std::filesystem::path& file) {
    constexpr std::size_t kSteps = 5;
    std::ofstream(file).close();
    Connection connection(file, Connection::Access::Write, 100);
    const Sealer sealer(testKey());
    migrate(connection, file, sealer, migrations().first(kSteps));
    connection.execute(
        "INSERT INTO tenant (name, hash_key) VALUES ('acme', x'00'); "
        "INSERT INTO app (tenant, name, platform, style, enabled, enabled_at) "
        "VALUES (1, 'com.example.mail', 'ios', 0, 1, 0)");
    Query(connection, "INSERT INTO meta (name, value) VALUES ('key_check', ?1)",
          Blob{sealer.seal("meta.value", "key_check", "this database is sealed with this key")})
        .run();
    Query(connection,
          "INSERT INTO credential (app, provider, production, sandbox, content, password, "
          "settings, kind, subject, topics, valid_from_ms, expires_ms, uploaded_at, upload) VALUES "
          "(1, 'other', 0, 0, ?1, ?2, '[[\"secret\",\"plain-setting-4711\"]]', '', '', '[]', 0, "
          "0, 0, 3)",
          Blob{sealer.seal("credential.content", "1/3", "content")},
          Blob{sealer.seal("credential.password", "1/3", "")})
        .run();
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "no secret is in the database's files", "[sqlite]") {
    NewRegistration incoming_a = incoming("plain-device-token-4711", "a");
    store().registrations().registerDevice(incoming_a);
    Credential credential;
    credential.app = app();
    credential.provider = "apns";
    credential.production = true;
    credential.content = "plain-credential-content";
    credential.password = "plain-credential-password";
    credential.settings = {{"plain-setting-name", "plain-setting-value"}};
    credential = store().credentials().putCredential(credential);
    StoredAuthorization authorization;
    authorization.name = "authorization";
    authorization.value = "bearer plain-authorization-value";
    store().credentials().saveAuthorization(credential.id, credential.upload, authorization);
    store().flush();
    const std::string hash_key = store().directory().findTenant("acme").value().hash_key;
    REQUIRE(store().credentials().findCredential(credential.id).value().authorization.value ==
            authorization.value);
    REQUIRE(store().credentials().findCredential(credential.id).value().settings ==
            credential.settings);
    REQUIRE(hash_key.size() == 32);

    const std::string all = bytesOf(file());

    REQUIRE(all.find("com.example.mail") != std::string::npos);
    for (const std::string& secret :
         {std::string("plain-device-token"), std::string("plain-credential-content"),
          std::string("plain-credential-password"), std::string("plain-setting"),
          std::string("plain-authorization"), hash_key, testKey().bytes()}) {
        CHECK(all.find(secret) == std::string::npos);
    }
}

TEST_CASE_METHOD(StoreFixture,
                 "settings that were stored in the clear are sealed when the store opens",
                 "[sqlite]") {
    close();
    const std::filesystem::path path = directory().path() / "old.db";
    makeWithOpenSettings(path);
    const auto opened = [&](const MasterKey& key) {
        return openStore(StoreLock::tryAcquire(path).value(), Sealer(key), clock(), log());
    };
    const MasterKey wrong =
        MasterKey::parse(postbell::util::base64Encode(std::string(32, 'x')), "elsewhere");
    REQUIRE_THROWS_AS(opened(wrong), StoreError);
    REQUIRE(bytesOf(path).find("plain-setting-4711") != std::string::npos);

    const auto store = opened(testKey());

    CHECK(bytesOf(path).find("plain-setting-4711") == std::string::npos);
    const Credential credential = store->credentials().findCredential(1).value();
    CHECK(credential.settings ==
          std::vector<std::pair<std::string, std::string>>{{"secret", "plain-setting-4711"}});
    CHECK(credential.content == "content");
}
