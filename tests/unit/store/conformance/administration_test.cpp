// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using postbell::util::sha256;

TEST_CASE_METHOD(StoreFixture, "tenants and apps are added once and found", "[store]") {
    const Id id = app();
    App same;
    same.tenant = store().directory().findTenant("acme").value().id;
    same.name = "com.example.mail";

    CHECK_FALSE(store().directory().addTenant("acme"));
    CHECK_FALSE(store().directory().addApp(same, sha256("x")));
    CHECK(store().directory().listTenants().size() == 1);
    CHECK(store().directory().findTenant(same.tenant).value().hash_key ==
          store().directory().findTenant("acme").value().hash_key);
    CHECK(store().directory().findApp(same.tenant, same.name).value().id == id);
    CHECK(store().directory().listApps(same.tenant).at(0).tenant_name == "acme");
    CHECK(store().directory().findAppByEnrolment(sha256("enrolment")).value().id == id);
    CHECK_FALSE(store().directory().findAppByEnrolment(sha256("another")));
    same.tenant = 999;
    CHECK_THROWS_AS(store().directory().addApp(same, sha256("y")), StoreError);
    CHECK_NOTHROW(store().directory().audit("admin", "tenant add acme", util::fromMs(1)));
}

TEST_CASE_METHOD(StoreFixture, "a replaced enrolment key is known, with the end of its time",
                 "[store]") {
    Directory& directory = store().directory();
    directory.setEnrolmentHash(app(), sha256("new"), util::fromMs(7000));
    const EnrolledApp by_old = directory.findAppByEnrolment(sha256("enrolment")).value();
    CHECK(by_old.id == app());
    CHECK(by_old.registers_until == util::fromMs(7000));
    CHECK_FALSE(directory.findAppByEnrolment(sha256("new")).value().registers_until);

    directory.setStyle(app(), Style::Alert);
    CHECK(directory.findApp(app())->style == Style::Alert);

    REQUIRE(directory.removeApp(app(), {}));
    for (const char* key : {"enrolment", "new"})
        CHECK_FALSE(directory.findAppByEnrolment(sha256(key)));
}

TEST_CASE_METHOD(StoreFixture, "a rotation and an earlier end limit all replaced keys", "[store]") {
    Directory& directory = store().directory();
    CHECK_FALSE(util::isSet(directory.replacedKeysRegisterUntil(app())));
    directory.setEnrolmentHash(app(), sha256("second"), util::fromMs(9000));
    CHECK(directory.replacedKeysRegisterUntil(app()) == util::fromMs(9000));

    directory.setEnrolmentHash(app(), sha256("third"), util::fromMs(7000));

    for (const char* old : {"enrolment", "second"})
        CHECK(directory.findAppByEnrolment(sha256(old))->registers_until == util::fromMs(7000));
    directory.limitReplacedKeys(app(), util::fromMs(8000));
    CHECK(directory.replacedKeysRegisterUntil(app()) == util::fromMs(7000));
    directory.limitReplacedKeys(app(), util::fromMs(5000));
    CHECK(directory.replacedKeysRegisterUntil(app()) == util::fromMs(5000));
}

TEST_CASE_METHOD(StoreFixture, "an app's settings for its pushes are replaced as a whole",
                 "[store]") {
    const Id id = app();
    const std::vector<std::pair<std::string, std::string>> settings{{"title-loc-key", "\u00c9"},
                                                                    {"ttl", "7"}};
    store().directory().setPushSettings(id, settings);
    CHECK(store().directory().findApp(id)->push_settings == settings);
    CHECK(store().directory().listApps(0).at(0).push_settings == settings);

    store().directory().setPushSettings(id, {});

    CHECK(store().directory().findApp(id)->push_settings.empty());
}

TEST_CASE_METHOD(StoreFixture,
                 "a credential is replaced by one for the same provider and environments",
                 "[store]") {
    Credential given;
    given.app = app();
    given.provider = "apns";
    given.production = true;
    given.content = "one";
    given.password = "pass";
    given.settings = {{"key_id", "K"}, {"team_id", "T"}};
    given.topics = {"com.example.mail"};
    given.uploaded_at = util::fromMs(100);
    const Credential first = store().credentials().putCredential(given);
    CHECK(first.content == "one");
    CHECK(first.settings == given.settings);
    CHECK(first.upload == 1);

    GuardState guard;
    guard.good_at = util::fromMs(5);
    guard.strangers = {7};
    guard.suspects = {1, 2};
    guard.paused_at = util::fromMs(6);
    guard.paused_reason = "refused";
    guard.probe_at = util::fromMs(900);
    guard.probe_interval = std::chrono::minutes(1);
    store().credentials().saveGuard(first.id, first.upload, Environment::Production, guard);
    StoredAuthorization authorization;
    authorization.name = "authorization";
    authorization.value = "bearer x";
    store().credentials().saveAuthorization(first.id, first.upload, authorization, {});
    store().flush();
    const Credential guarded = store().credentials().findCredential(first.id).value();
    CHECK(guarded.guards[1].suspects == guard.suspects);
    CHECK(guarded.guards[1].strangers == guard.strangers);
    CHECK(guarded.guards[2].paused_at == util::WallTime());
    CHECK(guarded.authorization.value == "bearer x");

    given.content = "two";
    given.uploaded_at = util::fromMs(200);
    const Credential second = store().credentials().putCredential(given);
    CHECK(second.id == first.id);
    CHECK(second.upload == 2);
    CHECK(second.guards[1].good_at == util::WallTime());
    CHECK(second.guards[1].suspects.empty());
    CHECK(second.guards[1].strangers.empty());
    CHECK(second.guards[1].paused_at == util::fromMs(6));
    CHECK(second.guards[1].probe_at == util::fromMs(200));
    CHECK(second.authorization.name.empty());

    store().credentials().saveGuard(first.id, first.upload, Environment::Production, guard);
    store().flush();
    CHECK(store().credentials().findCredential(first.id).value().guards[1].good_at ==
          util::WallTime());

    given.sandbox = true;
    CHECK(store().credentials().putCredential(given).id != first.id);
    CHECK(store().credentials().listCredentials(app()).size() == 2);
    CHECK(store().credentials().listCredentials(app()).at(0).content.empty());
    CHECK(store().credentials().listCredentials(app()).at(0).settings.empty());
    CHECK(store().credentials().removeCredential(first.id));
    CHECK_FALSE(store().credentials().removeCredential(first.id));
}

TEST_CASE_METHOD(StoreFixture, "a removed app leaves nothing, and other apps stay", "[store]") {
    for (int i = 0; i < 450; ++i) registered("t" + std::to_string(i), "a");
    Credential credential;
    credential.app = app();
    credential.provider = "apns";
    store().credentials().putCredential(credential);
    App other;
    other.tenant = store().directory().findTenant("acme").value().id;
    other.name = "com.example.other";
    other.platform = "ios";
    const Id stays = store().directory().addApp(other, util::sha256("another key")).value().id;

    CHECK(store().directory().removeApp(app(), {}));

    CHECK_FALSE(store().directory().removeApp(app(), {}));
    CHECK(store().registrations().countRegistrations() == 0);
    CHECK(store().credentials().listCredentials(0).empty());
    CHECK_FALSE(store().directory().findAppByEnrolment(util::sha256("enrolment")));
    REQUIRE(store().directory().listApps(0).size() == 1);
    CHECK(store().directory().listApps(0)[0].id == stays);
}

TEST_CASE_METHOD(StoreFixture,
                 "a removal can be ended between its commits, and goes on another day", "[store]") {
    for (int i = 0; i < 450; ++i) registered("t" + std::to_string(i), "a");
    const auto stop = [](std::size_t removed) {
        if (removed >= 200) throw std::runtime_error("that is enough");
    };
    CHECK_THROWS_WITH(store().directory().removeApp(app(), stop), "that is enough");
    CHECK(store().registrations().countRegistrations() == 250);

    CHECK(store().directory().removeApp(app(), {}));
    CHECK(store().registrations().countRegistrations() == 0);
}

TEST_CASE_METHOD(StoreFixture, "a removed app takes nothing of the tenant with its number",
                 "[store]") {
    App unused;
    unused.tenant = store().directory().findApp(app()).value().tenant;
    unused.name = "com.example.unused";
    const Id number = store().directory().addApp(unused, util::sha256("unused")).value().id;
    App others;
    others.tenant = store().directory().addTenant("other").value().id;
    others.name = "com.example.other";
    REQUIRE(others.tenant == number);
    NewRegistration registration = incoming("t", "a");
    registration.app = store().directory().addApp(others, util::sha256("other")).value().id;
    store().registrations().registerDevice(registration);
    store().directory().addTenant("gone");
    // Removals differ in their statements, which are prepared once each.
    REQUIRE(store().directory().removeTenant("gone", {}));

    CHECK(store().directory().removeApp(number, {}));

    CHECK(store().registrations().countRegistrations() == 1);
}

TEST_CASE_METHOD(StoreFixture, "a removed tenant leaves nothing", "[store]") {
    for (int i = 0; i < 450; ++i) registered("t" + std::to_string(i), "a");
    const std::string callback = lastCallback();
    Credential credential;
    credential.app = app();
    credential.provider = "apns";
    store().credentials().putCredential(credential);

    CHECK(store().directory().removeTenant("acme", {}));

    CHECK_FALSE(store().directory().removeTenant("acme", {}));
    CHECK(store().registrations().countRegistrations() == 0);
    CHECK_FALSE(store().events().findCallback(callback));
    CHECK(store().directory().listApps(0).empty());
    CHECK(store().credentials().listCredentials(0).empty());
}
