// SPDX-License-Identifier: Apache-2.0
// One URL for a whole mail server, and whom its events are for.
#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using postbell::util::sha256;

namespace {

class Server : public StoreFixture {
  public:
    Server() { app(); }
    Id tenant() { return store().directory().findTenant("acme").value().id; }
    TenantCallback add(const std::string& token, const std::string& secret = {}) {
        return store().directory().addTenantCallback(
            {tenant(), "dovecot", sha256(token), secret, util::fromMs(4000)});
    }
    void report(const Registration& r, const std::string& instance, const std::string& id) {
        Report told;
        told.instance = instance;
        told.id_hash = sha256(id);
        told.now = util::fromMs(2000);
        REQUIRE(store().registrations().report(r.public_id, told) == ReportResult::Accepted);
    }
};

std::vector<Id> idsOf(const std::vector<Recipient>& recipients) {
    std::vector<Id> ids;
    for (const Recipient& r : recipients) ids.push_back(r.id);
    return ids;
}

}  // namespace

TEST_CASE_METHOD(Server, "a tenant's callback is found by its token, with its secret opened",
                 "[store]") {
    const TenantCallback added = add("token", "signing secret");
    const Callback found = store().events().findCallback(sha256("token")).value();
    const auto& of = std::get<ServerCallback>(found.of);
    CHECK(of.callback.id == added.id);
    CHECK(of.callback.tenant == tenant());
    CHECK(of.callback.instance == "dovecot");
    CHECK(of.callback.created_at == util::fromMs(4000));
    CHECK(of.secret == "signing secret");
    CHECK(of.tenant_hash_key == store().directory().findTenant("acme").value().hash_key);

    add("without");
    const Callback plain = store().events().findCallback(sha256("without")).value();
    CHECK(std::get<ServerCallback>(plain.of).secret.empty());
    CHECK_FALSE(std::get<ServerCallback>(plain.of).callback.has_secret);
}

TEST_CASE_METHOD(Server, "tenants' callbacks are listed, removed, and go with their tenant",
                 "[store]") {
    const Id other = store().directory().addTenant("other").value().id;
    const TenantCallback first = add("first", "secret");
    const TenantCallback second = store().directory().addTenantCallback(
        {other, "domino", sha256("second"), {}, util::fromMs(5000)});
    CHECK(store().directory().listTenantCallbacks(0).size() == 2);
    REQUIRE(store().directory().listTenantCallbacks(other).size() == 1);
    CHECK(store().directory().listTenantCallbacks(other).front().instance == "domino");
    CHECK(store().directory().listTenantCallbacks(tenant()).front().has_secret);

    CHECK(store().directory().removeTenantCallback(first.id));
    CHECK_FALSE(store().directory().removeTenantCallback(first.id));
    CHECK_FALSE(store().events().findCallback(sha256("first")));

    REQUIRE(store().directory().removeTenant("other", {}));
    CHECK_FALSE(store().events().findCallback(sha256("second")));
    CHECK_FALSE(store().directory().removeTenantCallback(second.id));
}

TEST_CASE_METHOD(Server, "an event that names a subscription is for whoever reported it",
                 "[store]") {
    const Registration a = registered("t1", "a");
    const Registration b = registered("t2", "a");
    const Registration silent = registered("t3", "b");
    report(a, "dovecot", "value");
    report(b, "dovecot", "value");
    const std::string id = sha256("value");

    CHECK(idsOf(store().events().reportedBy(tenant(), "dovecot", id)) ==
          std::vector<Id>{a.id, b.id});
    CHECK(store().events().reportedBy(tenant(), "dovecot", id).front().app->name ==
          "com.example.mail");
    CHECK(store().events().reportedBy(tenant(), "ews", id).empty());
    CHECK(store().events().reportedBy(tenant() + 1, "dovecot", id).empty());
    // Who reported nothing is not found by nothing.
    CHECK(store().events().reportedBy(tenant(), "", "").empty());
    CHECK(silent.subscription.id_hash.empty());
}

TEST_CASE_METHOD(Server, "an event that names an account is for whom it was proven or approved",
                 "[store][row:TENANT-11]") {
    const Registration claimed = registered("t1", "boss");
    NewRegistration with_proof = incoming("t2", "boss");
    with_proof.account_proof = AccountProof::Proven;
    with_proof.managed_instance = "dovecot";
    with_proof.mailbox = "boss";
    const Id proven = store().registrations().registerDevice(with_proof).id;
    const std::string account = sha256("account boss");
    const auto recipients = [&] {
        return idsOf(store().events().provenFor(tenant(), "dovecot", account));
    };

    CHECK(recipients() == std::vector<Id>{proven});
    CHECK(store().events().provenFor(tenant() + 1, "dovecot", account).empty());

    REQUIRE(store().registrations().approveAccount(claimed.public_id));
    CHECK(recipients() == std::vector<Id>{claimed.id, proven});
    CHECK(store().registrations().findRegistration(claimed.id)->account_proof ==
          AccountProof::Approved);
    CHECK_FALSE(store().registrations().approveAccount("nobody"));
    // A grant proves an account on its own instance, an admin on all.
    CHECK(idsOf(store().events().provenFor(tenant(), "domino", account)) ==
          std::vector<Id>{claimed.id});

    SECTION("renewing with the old secret takes neither away") {
        NewRegistration renewed = incoming("t1", "boss");
        renewed.previous_secret_hash = claimed.secret_hash;
        REQUIRE(store().registrations().registerDevice(renewed).renewed);
        NewRegistration also_renewed = incoming("t2", "boss");
        also_renewed.previous_secret_hash = with_proof.secret_hash;
        REQUIRE(store().registrations().registerDevice(also_renewed).renewed);
        CHECK(recipients() == std::vector<Id>{claimed.id, proven});
    }
    SECTION("the old secret keeps an approval when the device's token is new") {
        NewRegistration moved = incoming("t3", "boss");
        moved.previous_secret_hash = claimed.secret_hash;
        REQUIRE(store().registrations().registerDevice(moved).renewed);
        CHECK(recipients() == std::vector<Id>{claimed.id, proven});
    }
    SECTION("whoever knows only the device's token gets neither") {
        REQUIRE(store().registrations().registerDevice(incoming("t1", "boss")).renewed);
        NewRegistration wrong = incoming("t2", "boss");
        wrong.previous_secret_hash = sha256("a guess");
        REQUIRE(store().registrations().registerDevice(wrong).renewed);
        CHECK(recipients().empty());
    }
    SECTION("a grant proves the account anew, whoever renews") {
        NewRegistration again = incoming("t2", "boss");
        again.account_proof = AccountProof::Proven;
        again.managed_instance = "dovecot";
        again.mailbox = "boss";
        REQUIRE(store().registrations().registerDevice(again).renewed);
        CHECK(recipients() == std::vector<Id>{claimed.id, proven});
    }
}
