// SPDX-License-Identifier: Apache-2.0
// What belongs to a phone, and what a stranger can do to it.
#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using postbell::util::sha256;

namespace {

Report reportOf(const std::string& id) {
    Report report;
    report.instance = "ews";
    report.id_hash = sha256(id);
    report.now = util::fromMs(2000);
    return report;
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "another phone's word for a token makes another device", "[store]") {
    const Registration known = registered("t", "a");
    const NewRegistration own = incoming("t", "a");

    SECTION("with its own badge, whatever it reports") {
        NewRegistration stranger = incoming("t", "b");
        stranger.device_key = sha256("another phone");
        const Id id = store().registrations().registerDevice(stranger).id;
        Report report = reportOf("s");
        report.unread = 99'000;
        store().registrations().report(stranger.public_id, report);
        CHECK(store().events().badgeShares(known.device).size() == 1);
        CHECK(store().registrations().findRegistration(known.id)->registrations_on_device == 1);
        CHECK(store().events().pushTarget(id).value().token == "token t");
    }
    SECTION("without the registrations of the same account") {
        NewRegistration stranger = incoming("t", "a");
        stranger.device_key = sha256("another phone");
        CHECK_FALSE(store().registrations().registerDevice(stranger).renewed);
        CHECK(store().registrations().findRegistration(known.id)->secret_hash == known.secret_hash);
    }
    SECTION("which moves onto the token without erasing anything") {
        NewRegistration stranger = incoming("other", "a");
        stranger.device_key = sha256("another phone");
        store().registrations().registerDevice(stranger);
        REQUIRE(changeToken(stranger.public_id,
                            {"token t", sha256("token key t"), util::fromMs(4000), {}, {}}));
        CHECK(store().registrations().findRegistration(known.id));
    }
    SECTION("also in another environment, which the known device keeps") {
        NewRegistration sandbox = incoming("t", "b");
        sandbox.environment = Environment::Sandbox;
        store().registrations().registerDevice(sandbox);
        CHECK(store().registrations().findRegistration(known.id)->environment ==
              Environment::Production);
    }
    CHECK(store().registrations().registerDevice(own).public_id == known.public_id);
}

TEST_CASE_METHOD(StoreFixture, "a token that a registration has left takes it back no more",
                 "[store]") {
    const Registration r = registered("t1", "a");
    REQUIRE(
        changeToken(r.public_id, {"token t2", sha256("token key t2"), util::fromMs(4000), {}, {}}));
    CHECK(store().registrations().changeToken(
              r.public_id, {"token t1", sha256("token key t1"), util::fromMs(5000), {}, {}}) ==
          TokenChanged::Left);

    NewRegistration old_phone = incoming("t1", "a");
    old_phone.previous_secret_hash = r.secret_hash;
    CHECK_FALSE(store().registrations().registerDevice(old_phone).renewed);
    CHECK(store().events().pushTarget(r.id).value().token == "token t2");
    CHECK(store().registrations().findDeviceToken(r.id) == "token t2");
    CHECK_FALSE(store().registrations().findDeviceToken(r.id + 100));
}

TEST_CASE_METHOD(StoreFixture, "a phone that changes its environment keeps its token", "[store]") {
    const NewRegistration first = incoming("t", "a");
    const Id id = store().registrations().registerDevice(first).id;
    NewRegistration sandbox = incoming("t", "a");
    sandbox.environment = Environment::Sandbox;
    sandbox.previous_secret_hash = first.secret_hash;
    REQUIRE(store().registrations().registerDevice(sandbox).id == id);
    CHECK(changeToken(first.public_id,
                      {"token t", sha256("token key t"), util::fromMs(4000), {}, {}}));
    CHECK(store().registrations().findRegistration(id)->environment == Environment::Sandbox);
}

TEST_CASE_METHOD(StoreFixture, "an app's registrations are counted as they come and go",
                 "[store]") {
    const auto count = [&] { return store().directory().countRegistrations(app()); };
    const Registration a = registered("t1", "a");
    registered("t1", "b");
    registered("t1", "b");  // renews
    registered("t2", "a");
    CHECK(count() == 3);
    REQUIRE(
        changeToken(a.public_id, {"token t2", sha256("token key t2"), util::fromMs(4000), {}, {}}));
    CHECK(count() == 2);
    NewRegistration more = incoming("t3", "c");
    more.max_registrations_of_app = 2;
    CHECK(store().registrations().registerDevice(more).refusal == RegistrationRefusal::AppFull);
    REQUIRE(store().registrations().removeRegistration(a.public_id));
    CHECK(count() == 1);
    CHECK(store().registrations().registerDevice(more).id != 0);
}

TEST_CASE_METHOD(StoreFixture, "registrations are removed by the hundreds, unless they changed",
                 "[store]") {
    std::vector<Registration> read;
    for (int i = 0; i < 450; ++i)
        read.push_back(registered("t" + std::to_string(i), "a" + std::to_string(i)));
    store().registrations().report(read[0].public_id, reportOf("s"));
    store().registrations().approveAccount(read[1].public_id);
    REQUIRE(store().registrations().registerDevice(incoming("t2", "a2")).renewed);
    store().registrations().removeRegistration(read[3].public_id);

    CHECK(store().registrations().removeUnchanged(read) == 446);

    CHECK(store().registrations().countRegistrations() == 3);
    CHECK(store().directory().countRegistrations(app()) == 3);
}
