// SPDX-License-Identifier: Apache-2.0
// How registrations are listed, and when they were last heard of.
#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using postbell::util::sha256;

TEST_CASE_METHOD(StoreFixture, "registrations are listed in pages and found by account",
                 "[store]") {
    std::vector<Id> ids;
    for (int i = 0; i < 5; ++i)
        ids.push_back(registered("t" + std::to_string(i), "a" + std::to_string(i % 2)).id);

    CHECK(store().registrations().listRegistrations(0, 3, 0, 0).size() == 3);
    CHECK(store().registrations().listRegistrations(ids[2], 10, 0, app()).front().id == ids[3]);
    CHECK(store().registrations().listRegistrations(0, 10, 999, 0).empty());
    const Id tenant = store().directory().findTenant("acme").value().id;
    CHECK(store().registrations().findRegistrationsByAccount(tenant, sha256("account a1")).size() ==
          2);
    CHECK(store()
              .registrations()
              .findRegistrationsByAccount(tenant + 1, sha256("account a1"))
              .empty());
    CHECK(store().registrations().changeVersions(
        store().registrations().findRegistration(ids[0]).value().public_id, "18.0", std::nullopt));
    CHECK(store().registrations().findRegistration(ids[0]).value().os_version == "18.0");
    CHECK(store().registrations().findRegistration(ids[0]).value().app_version == "2.0");
    CHECK_FALSE(store().registrations().changeVersions("nobody", "1", "1"));
}

TEST_CASE_METHOD(StoreFixture, "registrations that were not heard of since are counted by instance",
                 "[store][row:STATE-18]") {
    const Registration silent = registered("t1", "a");
    const Registration heard = registered("t2", "a");
    registered("t3", "a");  // reports nothing
    for (const Registration* r : {&silent, &heard}) {
        Report report;
        report.instance = "ews";
        report.id_hash = sha256(r->public_id);
        report.now = util::fromMs(5000);
        REQUIRE(store().registrations().report(r->public_id, report) == ReportResult::Accepted);
    }
    store().seen().heard({heard.id}, util::fromMs(9000));
    store().flush();

    CHECK(store().registrations().countUnheard("ews", util::fromMs(5000)) == 0);
    CHECK(store().registrations().countUnheard("ews", util::fromMs(8000)) == 1);
    CHECK(store().registrations().countUnheard("ews", util::fromMs(9001)) == 2);
    CHECK(store().registrations().countUnheard("other", util::fromMs(9001)) == 0);
}

TEST_CASE_METHOD(StoreFixture, "the store knows when a gateway was last alive",
                 "[store][row:STATE-18]") {
    CHECK_FALSE(util::isSet(store().lastAlive()));
    store().markAlive(util::fromMs(5000));
    store().markAlive(util::fromMs(6000));
    close();
    open();
    CHECK(store().lastAlive() == util::fromMs(6000));
}

TEST_CASE_METHOD(StoreFixture, "what was seen is read at once, and merged when it is written",
                 "[store]") {
    const Registration r = registered("t", "a");
    const auto seen = [&] { return store().registrations().findRegistration(r.id).value().seen; };
    store().seen().deviceCalled(r.id, util::fromMs(1000));
    store().seen().heard({r.id}, util::fromMs(7000));
    store().seen().heard({r.id + 100}, util::fromMs(7000));  // of nobody
    CHECK(seen().heard_at == util::fromMs(7000));
    CHECK(store().registrations().listRegistrations(0, 10, 0, 0).front().seen.heard_at ==
          util::fromMs(7000));
    CHECK(store().events().badgeShares(r.device).front().registration.seen.heard_at ==
          util::fromMs(7000));
    store().flush();
    store().seen().heard({r.id}, util::fromMs(6000),
                         Sign::OfEvent);  // an older one that comes later
    store().seen().pushed(r.id, util::fromMs(6500), "delivered");

    close();
    open();

    CHECK(seen().heard_at == util::fromMs(7000));
    CHECK(seen().event_at == util::fromMs(6000));
    CHECK(seen().push_at == util::fromMs(6500));
    CHECK(seen().outcome == "delivered");
    CHECK(seen().device_at == util::fromMs(1000));
}
