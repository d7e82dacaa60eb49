// SPDX-License-Identifier: Apache-2.0
// What a hand that can write the database, and has not the master key, cannot do.
#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

#include "sqlite/connection.h"
#include "support/sqlite_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;

namespace {

struct Tampered : SqliteFixture {
    void tamper(const char* sql) {
        close();
        Connection(file(), Connection::Access::Write, 100)
            .execute(std::string("PRAGMA foreign_keys = OFF; ") + sql);
        open();
    }
    std::string tokenOf(const Registration& r) {
        return store().events().pushTarget(r.id).value().token;
    }
    Credential added(const std::string& provider, Id of) {
        Credential credential;
        credential.app = of;
        credential.provider = provider;
        credential.content = "content for " + provider;
        return store().credentials().putCredential(credential);
    }
    ManagedMailbox managed(const std::string& token, const std::string& mailbox) {
        NewRegistration r = incoming(token, mailbox);
        r.managed_instance = "office365";
        r.mailbox = mailbox;
        const Id id = store().registrations().registerDevice(r).id;
        const auto stored = store().registrations().findRegistration(id);
        return store().mailboxes().findMailbox(stored->mailbox_state.id).value();
    }
    std::size_t due() {
        return store().mailboxes().dueMailboxes("office365", util::fromMs(1), 1).size();
    }
    int linesAbout(const std::string& text) {
        log().flush();
        std::ifstream stream(directory().path() / "log");
        const std::string all{std::istreambuf_iterator<char>(stream), {}};
        int lines = 0;
        for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1))
            ++lines;
        return lines;
    }
};

/// Exchanges columns of the two rows of a table that have the lowest ids.
#define POSTBELL_SWAP(table, columns)                                                      \
    "CREATE TEMP TABLE t AS SELECT * FROM " table                                          \
    " ORDER BY id LIMIT 2; "                                                               \
    "UPDATE " table " SET (" columns ") = (SELECT " columns " FROM t WHERE t.id <> " table \
    ".id) WHERE id IN (SELECT id FROM t)"

}  // namespace

TEST_CASE_METHOD(Tampered, "a device token opens in its own row only", "[sqlite]") {
    const Registration mine = registered("mine", "a");
    NewRegistration incoming_other = incoming("other", "b");
    incoming_other.device_key = postbell::util::sha256("other phone");
    incoming_other.origin = "https://push.example.com";
    const Id other_id = store().registrations().registerDevice(incoming_other).id;
    const Registration other = store().registrations().findRegistration(other_id).value();
    REQUIRE(tokenOf(mine) == "token mine");

    SECTION("with its key") {
        tamper(POSTBELL_SWAP("device", "token_key, token"));
    }
    SECTION("alone") {
        tamper(POSTBELL_SWAP("device", "token"));
    }
    SECTION("with all that is beside it") {
        tamper(
            "UPDATE device SET token_key = -id; "
            "CREATE TEMP TABLE t AS SELECT * FROM device; "
            "UPDATE device SET (token, device_key, origin) = (SELECT token, device_key, origin "
            "FROM t WHERE t.id <> device.id)");
    }
    SECTION("and not for another phone") {
        tamper(POSTBELL_SWAP("device", "device_key"));
    }
    SECTION("nor in another environment") {
        tamper("UPDATE device SET environment = 2");
    }
    SECTION("nor for another push server") {
        tamper("UPDATE device SET origin = 'https://other.example.com'");
    }
    CHECK_THROWS_AS(tokenOf(mine), UnopenedRow);
    CHECK_THROWS_AS(tokenOf(other), UnopenedRow);
    CHECK(store().findUnopened().count == 2);
}

TEST_CASE_METHOD(Tampered, "a row that does not open is reported once, and mended by its phone",
                 "[sqlite]") {
    const Registration phone = registered("t", "a");
    const Registration sound = registered("sound", "b");
    tamper("UPDATE device SET token = zeroblob(60) WHERE id = 1");
    CHECK(store().unopenedRows() == 0);
    for (int event = 0; event < 3; ++event) CHECK_THROWS_AS(tokenOf(phone), UnopenedRow);
    CHECK(tokenOf(sound) == "token sound");
    CHECK(store().unopenedRows() == 1);
    CHECK(linesAbout("its row is set aside") == 1);

    REQUIRE(store().registrations().registerDevice(incoming("t", "a", 2000)).renewed);

    CHECK(tokenOf(phone) == "token t");
    CHECK(store().unopenedRows() == 0);
    CHECK(store().findUnopened().count == 0);
}

TEST_CASE_METHOD(Tampered, "a credential opens for its own app only", "[sqlite]") {
    const Id first = app();
    App other = store().directory().findApp(first).value();
    other.tenant = store().directory().addTenant("other").value().id;
    const Id second = store().directory().addApp(other, "hash").value().id;
    const Credential mine = added("apns", first);
    const Credential theirs = added("apns", second);
    StoredAuthorization authorization;
    authorization.name = "authorization";
    authorization.value = "bearer mine";
    store().credentials().saveAuthorization(mine.id, mine.upload, authorization, {});
    store().flush();

    SECTION("moved to another tenant's app") {
        tamper(
            "UPDATE credential SET app = -app; "
            "UPDATE credential SET app = iif(app = -1, 2, 1)");
        CHECK_THROWS_AS(store().credentials().findCredential(mine.id), UnopenedRow);
        CHECK_THROWS_AS(store().credentials().findCredential(theirs.id), UnopenedRow);
        CHECK(store().credentials().listCredentials().size() == 2);
    }
    SECTION("with another's secrets") {
        tamper(POSTBELL_SWAP("credential", "content, password, settings"));
        CHECK_THROWS_AS(store().credentials().findCredential(mine.id), UnopenedRow);
    }
    SECTION("with an authorization in another header, which is made anew") {
        tamper("UPDATE credential SET authorization_name = 'x-shown'");
        CHECK(store().credentials().findCredential(mine.id)->content == mine.content);
        CHECK(store().credentials().findCredential(mine.id)->authorization.value.empty());
    }
}

TEST_CASE_METHOD(Tampered, "an authorization that does not open hides no other of its secret",
                 "[sqlite]") {
    const Credential sound = added("apns", app());
    App other = store().directory().findApp(app()).value();
    other.name = "com.example.other";
    const Id others = store().directory().addApp(other, "hash").value().id;
    added("apns", others);
    StoredAuthorization authorization;
    authorization.name = "authorization";
    authorization.value = "bearer x";
    authorization.not_renewed_before = util::fromMs(9);
    store().credentials().saveAuthorization(sound.id, sound.upload, authorization, {});
    store().flush();
    tamper(
        "UPDATE credential SET authorization_value = x'0102', authorization_not_before_ms = 19 "
        "WHERE id = 2");

    CHECK(added("apns", others).authorization.value == "bearer x");
}

TEST_CASE_METHOD(Tampered, "tenants' keys and secrets stay with their tenants", "[sqlite]") {
    app();
    const Id other = store().directory().addTenant("other").value().id;
    const std::string secret = postbell::util::sha256("token");
    store().directory().addTenantCallback({1, "dovecot", secret, "signing secret", {}});
    store().directory().addTenantCallback(
        {other, "dovecot", postbell::util::sha256("two"), "another secret", {}});

    SECTION("a key under another name") {
        tamper(
            "UPDATE tenant SET name = name || '?'; "
            "UPDATE tenant SET name = iif(id = 1, 'other', 'acme')");
        CHECK_THROWS_AS(store().directory().findTenant(1), UnopenedRow);
        CHECK(store().directory().listTenants().size() == 2);
        CHECK(store().directory().removeTenant("other", {}));
    }
    SECTION("a callback's secret that was changed, and no other's") {
        tamper("UPDATE tenant_callback SET secret = x'0102' WHERE tenant = 1");
        CHECK_THROWS_AS(store().events().findCallback(secret), UnopenedRow);
        CHECK(store().events().findCallback(postbell::util::sha256("two")));
    }
    SECTION("a callback of another tenant") {
        tamper("UPDATE tenant_callback SET tenant = 3 - tenant");
        CHECK_THROWS_AS(store().events().findCallback(secret), UnopenedRow);
    }
}

TEST_CASE_METHOD(Tampered, "a mailbox that does not open keeps no other from its turn",
                 "[sqlite]") {
    const ManagedMailbox first = managed("a", "mailbox 1");
    const ManagedMailbox second = managed("b", "mailbox 2");
    tamper("UPDATE managed SET mailbox = zeroblob(60) WHERE id = 1");

    CHECK(due() == 0);
    store().flush();

    CHECK(due() == 1);
    CHECK_THROWS_AS(store().mailboxes().findMailbox(first.id), UnopenedRow);
    CHECK(store().mailboxes().findMailbox(second.id)->mailbox == "mailbox 2");
    CHECK(store().mailboxes().countMailboxes().at(0).failing == 1);
    CHECK(managed("a", "mailbox 1").mailbox == "mailbox 1");
}

TEST_CASE_METHOD(Tampered, "a subscription that does not open is made anew", "[sqlite]") {
    ManagedMailbox mailbox = managed("a", "mailbox 1");
    mailbox.subscription = "subscription 1";
    store().mailboxes().saveMailbox(mailbox);
    REQUIRE(store().mailboxes().findMailbox(mailbox.id)->subscription == "subscription 1");
    tamper("UPDATE managed SET instance = 'elsewhere', mailbox = zeroblob(60)");
    CHECK_THROWS_AS(store().mailboxes().findMailbox(mailbox.id), UnopenedRow);
    tamper("UPDATE managed SET instance = 'office365'");
    managed("a", "mailbox 1");
    tamper("UPDATE managed SET subscription = zeroblob(60)");
    CHECK(store().mailboxes().findMailbox(mailbox.id)->subscription.empty());
}

TEST_CASE_METHOD(Tampered, "without the key of mailboxes, all else goes on", "[sqlite]") {
    const ManagedMailbox known = managed("a", "mailbox 1");
    const Registration phone = registered("t", "a");
    tamper("UPDATE meta SET value = zeroblob(60) WHERE name = 'mailbox_key'");

    CHECK(store().unopenedRows() == 1);
    CHECK(linesAbout("until the database is restored from a backup") == 1);
    CHECK_THROWS_AS(managed("b", "mailbox 2"), StoreError);
    CHECK(tokenOf(phone) == "token t");
    CHECK(registered("new", "b").id != 0);
    CHECK(store().mailboxes().findMailbox(known.id)->mailbox == "mailbox 1");
    const Unopened unopened = store().findUnopened();
    REQUIRE(unopened.count == 1);
    CHECK(unopened.named.at(0).place == "meta.mailbox_key");
}

TEST_CASE_METHOD(Tampered,
                 "a registration whose id is no text is set aside, until its phone registers again",
                 "[sqlite]") {
    const NewRegistration damaged = incoming("token-1", "account-1");
    const Id row = store().registrations().registerDevice(damaged).id;
    const Registered sound = store().registrations().registerDevice(incoming("token-2", "other"));

    tamper(("UPDATE registration SET public_id = CAST(X'ff61' AS TEXT) WHERE id = " +
            std::to_string(row))
               .c_str());

    CHECK_FALSE(store().registrations().findRegistration(row));
    const auto listed = store().registrations().listRegistrations(0, 1, 0, 0);
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].id == sound.id);
    CHECK_THROWS_AS(store().events().pushTarget(row), UnopenedRow);
    CHECK(store().unopenedRows() == 1);
    CHECK(linesAbout("registration.public_id") == 1);

    const Registered again = store().registrations().registerDevice(damaged);
    CHECK_FALSE(again.renewed);
    CHECK(store().registrations().findRegistration(again.id)->public_id == damaged.public_id);
    CHECK(store().registrations().listRegistrations(0, 9, 0, 0).size() == 2);
}
