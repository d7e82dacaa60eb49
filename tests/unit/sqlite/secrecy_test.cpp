// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "support/sqlite_fixture.h"

using namespace postbell;
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

}  // namespace

TEST_CASE_METHOD(SqliteFixture, "no secret is in the database's files", "[sqlite]") {
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
    store().credentials().saveAuthorization(credential.id, credential.upload, authorization, {});
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

TEST_CASE_METHOD(SqliteFixture, "mailboxes and subscriptions are not readable in the file",
                 "[sqlite][row:MANAGED-25]") {
    NewRegistration incoming_a = incoming("a", "anna");
    incoming_a.managed_instance = "office365";
    incoming_a.mailbox = "mailbox-of-somebody";
    store().registrations().registerDevice(incoming_a);
    ManagedMailbox mailbox =
        store().mailboxes().dueMailboxes("office365", util::fromMs(1), 1).at(0);
    mailbox.subscription = "subscription-of-somebody";
    store().mailboxes().saveMailbox(mailbox);
    close();

    CHECK(bytesOf(file()).find("-of-somebody") == std::string::npos);
}
