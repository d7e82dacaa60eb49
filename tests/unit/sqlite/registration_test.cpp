// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "store/retired_ids.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;
using postbell::util::sha256;

namespace {

Report reportOf(const std::string& id, std::int64_t now_ms = 2000,
                const std::string& instance = "ews") {
    Report report;
    report.instance = instance;
    report.id_hash = sha256(id);
    report.folder_hash = sha256("inbox");
    report.now = util::fromMs(now_ms);
    return report;
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "the same device, app and account renews", "[sqlite]") {
    NewRegistration first = incoming("t1", "a");
    const Registered known = store().registrations().registerDevice(first);
    CHECK_FALSE(known.renewed);
    CHECK(known.public_id == first.public_id);
    NewRegistration again = incoming("t1", "a", 3000);

    SECTION("with the same token") {
        const Registered renewed = store().registrations().registerDevice(again);
        CHECK(renewed.renewed);
        CHECK(renewed.public_id == first.public_id);
        CHECK(store().registrations().findRegistration(known.id).value().secret_hash ==
              again.secret_hash);
    }
    SECTION("with another token and the old secret, and its other accounts come along") {
        const Registration other = registered("t1", "b");
        again = incoming("t2", "a", 3000);
        again.previous_secret_hash = first.secret_hash;
        const Registered renewed = store().registrations().registerDevice(again);
        CHECK(renewed.id == known.id);
        CHECK(store().events().pushTarget(known.id).value().token == "token t2");
        CHECK(store().events().pushTarget(other.id).value().token == "token t2");
        CHECK(store().events().badgeShares(other.device).empty());
    }
    SECTION("but not with another token alone") {
        const Registered second = store().registrations().registerDevice(incoming("t2", "a"));
        CHECK_FALSE(second.renewed);
        CHECK(store().registrations().countRegistrations() == 2);
    }
    SECTION("nor with a wrong secret, another device id or another account") {
        again = incoming("t2", "a");
        again.previous_secret_hash = sha256("a guess");
        CHECK_FALSE(store().registrations().registerDevice(again).renewed);
        again = incoming("t3", "a");
        again.previous_secret_hash = first.secret_hash;
        again.device_key = sha256("another phone");
        CHECK_FALSE(store().registrations().registerDevice(again).renewed);
        CHECK_FALSE(store().registrations().registerDevice(incoming("t1", "b")).renewed);
    }
}

TEST_CASE_METHOD(StoreFixture, "at most two callbacks live: the reported one's and the newest",
                 "[sqlite]") {
    const Registration r = registered("t", "a");
    const std::string first = lastCallback();
    const Callback callback = store().events().findCallback(first).value();
    CHECK(std::get<RegistrationCallback>(callback.of).recipient.id == r.id);
    CHECK(callback.proof_hash == sha256("proof"));
    CHECK_FALSE(store().events().findCallback(sha256("unknown")));
    const auto renew = [&] {
        REQUIRE(store().registrations().registerDevice(incoming("t", "a")).renewed);
        return lastCallback();
    };

    const std::string second = renew();
    CHECK_FALSE(store().events().findCallback(first));
    CHECK(store().registrations().report(r.public_id, reportOf("s1")) == ReportResult::Accepted);
    const std::string third = renew();
    const std::string fourth = renew();
    CHECK(store().events().findCallback(second));
    CHECK_FALSE(store().events().findCallback(third));
    CHECK(store().events().findCallback(fourth));

    CHECK(store().registrations().report(r.public_id, reportOf("s1")) == ReportResult::Accepted);
    CHECK(store().events().findCallback(second));
    CHECK(store().registrations().report(r.public_id, reportOf("s2")) == ReportResult::Accepted);
    CHECK_FALSE(store().events().findCallback(second));
    CHECK(store().events().findCallback(fourth));
}

TEST_CASE_METHOD(StoreFixture, "a report replaces, renews or is refused", "[sqlite]") {
    const Registration r = registered("t", "a");
    CHECK(store().registrations().report("nobody", reportOf("s1")) == ReportResult::NotFound);
    REQUIRE(store().registrations().report(r.public_id, reportOf("s1")) == ReportResult::Accepted);
    const auto subscription = [&] {
        return store().registrations().findRegistration(r.id).value().subscription;
    };
    const auto change = [&](SubscriptionChange::Kind kind, std::int64_t at) {
        REQUIRE(stage({}, {{r.id, kind, util::fromMs(at)}}));
    };

    SECTION("the same id sets when it expires and counts as heard") {
        change(SubscriptionChange::Kind::Ended, 2100);
        change(SubscriptionChange::Kind::RenewAsked, 2200);
        CHECK(subscription().ended_at == util::fromMs(2100));
        CHECK(subscription().renew_asked_at == util::fromMs(2200));
        Report again = reportOf("s1", 3000);
        again.expires_at = util::fromMs(99'000);
        again.folder_hash.clear();
        CHECK(store().registrations().report(r.public_id, again) == ReportResult::Accepted);
        CHECK(subscription().reported_at == util::fromMs(2000));
        CHECK(subscription().expires_at == util::fromMs(99'000));
        CHECK(subscription().expires_set_at == util::fromMs(3000));
        CHECK(subscription().folder_hash == sha256("inbox"));
        CHECK(subscription().ended_at == util::WallTime());
        CHECK(subscription().renew_asked_at == util::WallTime());
        CHECK(subscription().retired.empty());
        CHECK(store().registrations().findRegistration(r.id).value().seen.heard_at ==
              util::fromMs(3000));
    }
    SECTION("the time that is known already is no renewal, and none told takes none away") {
        Report told = reportOf("s1", 3000);
        told.expires_at = util::fromMs(99'000);
        store().registrations().report(r.public_id, told);
        told.now = util::fromMs(4000);
        CHECK(store().registrations().report(r.public_id, told) == ReportResult::Accepted);
        CHECK(subscription().expires_set_at == util::fromMs(3000));
        CHECK(store().registrations().report(r.public_id, reportOf("s1", 5000)) ==
              ReportResult::Accepted);
        CHECK(subscription().expires_at == util::fromMs(99'000));
        CHECK(subscription().expires_set_at == util::fromMs(3000));
    }
    SECTION("another id retires the old one, which is refused from then on") {
        CHECK(store().registrations().report(r.public_id, reportOf("s2", 3000)) ==
              ReportResult::Accepted);
        CHECK(subscription().id_hash == sha256("s2"));
        CHECK(subscription().reported_at == util::fromMs(3000));
        CHECK(subscription().retired == sha256("s1"));
        CHECK(store().registrations().report(r.public_id, reportOf("s1")) ==
              ReportResult::Replaced);
        CHECK(subscription().id_hash == sha256("s2"));
    }
    SECTION("another instance replaces as well") {
        CHECK(store().registrations().report(r.public_id, reportOf("g1", 3000, "office365")) ==
              ReportResult::Accepted);
        CHECK(subscription().instance == "office365");
        CHECK(store().registrations().report(r.public_id, reportOf("s1")) ==
              ReportResult::Replaced);
    }
    SECTION("sixteen retired ids are remembered") {
        for (int i = 2; i < 30; ++i)
            REQUIRE(store().registrations().report(
                        r.public_id, reportOf("s" + std::to_string(i))) == ReportResult::Accepted);
        CHECK(subscription().retired.size() == 16 * 32);
        CHECK(isRetired(subscription().retired, sha256("s28")));
    }
    SECTION("an ended subscription that is heard again lives") {
        change(SubscriptionChange::Kind::Ended, 2100);
        change(SubscriptionChange::Kind::HeardAgain, 2200);
        CHECK(subscription().ended_at == util::WallTime());
    }
    SECTION("what was reported before the app was turned off counts as replaced") {
        store().directory().setAppEnabled(app(), false, util::fromMs(2500));
        CHECK_FALSE(store().registrations().findRegistration(r.id).value().app->enabled);
        store().directory().setAppEnabled(app(), true, util::fromMs(2600));
        CHECK(store().registrations().findRegistration(r.id).value().app->enabled_at ==
              util::fromMs(2600));
        CHECK(store().registrations().report(r.public_id, reportOf("s1", 3000)) ==
              ReportResult::Replaced);
        CHECK(store().registrations().report(r.public_id, reportOf("s2", 3000)) ==
              ReportResult::Accepted);
    }
    SECTION("the app's own count becomes the last count of a shared device") {
        registered("t", "b");
        Report again = reportOf("s1");
        again.unread = 6;
        CHECK(store().registrations().report(r.public_id, again) == ReportResult::Accepted);
        CHECK(store().events().badgeShares(r.device).front().count == 6);
    }
}

TEST_CASE_METHOD(StoreFixture, "a new token moves the phone's registrations in one commit",
                 "[sqlite]") {
    const Registration a = registered("t1", "a");
    const Registration b = registered("t1", "b");
    NewRegistration strange = incoming("t1", "c");
    strange.device_key = sha256("another phone");
    const Id c = store().registrations().registerDevice(strange).id;
    const Id stranger = store().registrations().findRegistration(c).value().device;
    Report counted = reportOf("s1");
    counted.unread = 5;
    REQUIRE(store().registrations().report(b.public_id, counted) == ReportResult::Accepted);
    REQUIRE(stage({event(a, StagedEvent::Kind::NewMail, 2)}));
    takeRows();

    CHECK_FALSE(
        changeToken("nobody", {"token t2", sha256("token key t2"), util::fromMs(4000), {}, {}}));
    REQUIRE(
        changeToken(a.public_id, {"token t2", sha256("token key t2"), util::fromMs(4000), {}, {}}));

    const Id device = store().registrations().findRegistration(a.id).value().device;
    CHECK(device != a.device);
    CHECK(store().registrations().findRegistration(b.id).value().device == device);
    CHECK(store().registrations().findRegistration(c).value().device == stranger);
    CHECK(store().registrations().findRegistration(c).value().registrations_on_device == 1);
    CHECK(store().events().pushTarget(b.id).value().token == "token t2");
    CHECK(pending(a.id).value().count == 2);
    CHECK(pending(b.id).value().count == 5);
    const std::vector<Pending> rows = takeRows();
    REQUIRE(rows.size() == 2);
    for (const Pending& row : rows) {
        CHECK(row.device == device);
        CHECK(row.app == app());
    }

    // An event that was staged with the old device goes to the new one.
    REQUIRE(stage({event(a, StagedEvent::Kind::NewMail, 3)}));
    CHECK(takeRows().at(0).device == device);
}

TEST_CASE_METHOD(StoreFixture, "a token that already has the account takes the mover's place of it",
                 "[sqlite]") {
    const Registration a1 = registered("t1", "a");
    const Registration a2 = registered("t2", "a");

    REQUIRE(changeToken(a1.public_id,
                        {"token t2", sha256("token key t2"), util::fromMs(4000), {}, {}}));

    CHECK(store().registrations().findRegistration(a1.id));
    CHECK_FALSE(store().registrations().findRegistration(a2.id));
    CHECK(store().events().badgeShares(a2.device).size() == 1);
}

TEST_CASE_METHOD(StoreFixture, "registrations are listed in pages and found by account",
                 "[sqlite]") {
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
        store().registrations().findRegistration(ids[0]).value().public_id, "18.0", ""));
    CHECK(store().registrations().findRegistration(ids[0]).value().os_version == "18.0");
    CHECK(store().registrations().findRegistration(ids[0]).value().app_version == "2.0");
    CHECK_FALSE(store().registrations().changeVersions("nobody", "1", "1"));
}

TEST_CASE_METHOD(StoreFixture, "registrations that were not heard of since are counted by instance",
                 "[sqlite][row:STATE-18]") {
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
    store().seen().heard(heard.id, util::fromMs(9000), {});
    store().flush();

    CHECK(store().registrations().countUnheard("ews", util::fromMs(5000)) == 0);
    CHECK(store().registrations().countUnheard("ews", util::fromMs(8000)) == 1);
    CHECK(store().registrations().countUnheard("ews", util::fromMs(9001)) == 2);
    CHECK(store().registrations().countUnheard("other", util::fromMs(9001)) == 0);
}

TEST_CASE_METHOD(StoreFixture, "the store knows when a gateway was last alive",
                 "[sqlite][row:STATE-18]") {
    CHECK_FALSE(util::isSet(store().lastAlive()));
    store().markAlive(util::fromMs(5000));
    store().markAlive(util::fromMs(6000));
    close();
    open();
    CHECK(store().lastAlive() == util::fromMs(6000));
}

TEST_CASE_METHOD(StoreFixture, "how a folder was reported is read with its registration",
                 "[sqlite][row:FOLDER-3]") {
    const Registration r = registered("t", "a");
    Report report;
    report.instance = "ews";
    report.id_hash = sha256("id");
    report.folder_hash = sha256("folder");
    report.folder_canonical = true;
    report.now = util::fromMs(5000);
    REQUIRE(store().registrations().report(r.public_id, report) == ReportResult::Accepted);
    Batch batch;
    batch.changes = {
        {r.id, SubscriptionChange::Kind::OtherFolder, util::fromMs(6000)},
        {r.id, SubscriptionChange::Kind::OtherFolder, util::fromMs(7000)},
        {r.id, SubscriptionChange::Kind::Ended, util::fromMs(7000), util::fromMs(8000)}};
    store().events().stage(std::move(batch));
    store().seen().heard(r.id, util::fromMs(6500), {true, true});
    store().seen().nudged(r.id, util::fromMs(6500), 3);
    store().flush();

    close();
    open();

    const Registration found = store().registrations().findRegistration(r.id).value();
    CHECK(found.folder.canonical);
    CHECK(found.folder.reported_at == util::fromMs(5000));
    CHECK(found.folder.other_heard_at == util::fromMs(6000));
    CHECK(found.quiet_until == util::fromMs(8000));
    CHECK(found.seen.own_folder_at == util::fromMs(6500));
    CHECK(found.seen.nudges == 3);
}

TEST_CASE_METHOD(StoreFixture, "what was seen is read at once, and merged when it is written",
                 "[sqlite]") {
    const Registration r = registered("t", "a");
    const auto seen = [&] { return store().registrations().findRegistration(r.id).value().seen; };
    store().seen().deviceCalled(r.id, util::fromMs(1000));
    store().seen().heard(r.id, util::fromMs(7000), {});
    store().seen().heard(r.id + 100, util::fromMs(7000), {});  // of nobody
    CHECK(seen().heard_at == util::fromMs(7000));
    CHECK(store().registrations().listRegistrations(0, 10, 0, 0).front().seen.heard_at ==
          util::fromMs(7000));
    CHECK(store().events().badgeShares(r.device).front().registration.seen.heard_at ==
          util::fromMs(7000));
    store().flush();
    store().seen().heard(r.id, util::fromMs(6000), {true, false});  // an older one that comes later
    store().seen().pushed(r.id, util::fromMs(6500), "delivered");

    close();
    open();

    CHECK(seen().heard_at == util::fromMs(7000));
    CHECK(seen().event_at == util::fromMs(6000));
    CHECK(seen().push_at == util::fromMs(6500));
    CHECK(seen().outcome == "delivered");
    CHECK(seen().device_at == util::fromMs(1000));
}

TEST_CASE_METHOD(StoreFixture, "a note goes with its request and asks the app to look",
                 "[sqlite]") {
    const Registration r = registered("t", "a");
    const auto done = std::make_shared<std::promise<bool>>();
    Batch batch;
    batch.changes = {{r.id, SubscriptionChange::Kind::Noted, util::fromMs(2000), {}, "code 1234"}};
    batch.done = [done](bool ok) { done->set_value(ok); };
    std::future<bool> durable = done->get_future();

    store().events().stage(std::move(batch));

    CHECK(durable.get());
    CHECK(store().registrations().findRegistration(r.id).value().note == "code 1234");
    CHECK(pending(r.id).value().check_generation > 0);
}

TEST_CASE_METHOD(StoreFixture, "a device's origin and its token's end come with the token",
                 "[sqlite]") {
    NewRegistration named = incoming("t", "a");
    named.origin = "https://push.example.com";
    named.token_expires_at = util::fromMs(9000);
    const Id id = store().registrations().registerDevice(named).id;
    CHECK(store().events().pushTarget(id).value().origin == "https://push.example.com");
    CHECK(store().events().pushTarget(id).value().token_expires_at == util::fromMs(9000));
    REQUIRE(store().events().findCallback(lastCallback()));
    CHECK(store().events().pushTarget(id).value().origin ==
          "https://push.example.com");  // read with it

    const std::string public_id = store().registrations().findRegistration(id).value().public_id;
    REQUIRE(changeToken(public_id,
                        {"new", "new key", util::fromMs(2000), "https://other.example", {}}));
    CHECK(store().events().pushTarget(id).value().origin == "https://other.example");
    CHECK(store().events().pushTarget(id).value().token_expires_at == util::WallTime());
    REQUIRE(changeToken(public_id, {"newer", "newer key", util::fromMs(3000), {}, {}}));
    CHECK(store().events().pushTarget(id).value().origin.empty());
}

namespace {

/// A device with as many registrations as one may have.
class Crowded : public StoreFixture {
  public:
    Crowded() {
        for (std::int64_t i = 0; i < kMaxRegistrationsPerDevice; ++i)
            all.push_back(store().registrations().registerDevice(
                incoming("full", "account " + std::to_string(i))));
    }
    std::size_t onDevice() {
        const Id device = store().registrations().findRegistration(all[0].id).value().device;
        return store().events().badgeShares(device).size();
    }
    static Registrations::TokenChange to(const std::string& token) {
        return {"token " + token, sha256("token key " + token), util::fromMs(4000), {}, {}};
    }

    std::vector<Registered> all;
};

}  // namespace

TEST_CASE_METHOD(Crowded, "a device that is full takes no registration more", "[sqlite]") {
    const std::size_t before = onDevice();
    REQUIRE(before == static_cast<std::size_t>(kMaxRegistrationsPerDevice));

    SECTION("not a new one") {
        CHECK(store().registrations().registerDevice(incoming("full", "one more")).id == 0);
    }
    SECTION("not by a change of the token") {
        const Registration other = registered("other", "one more");
        CHECK(store().registrations().changeToken(other.public_id, to("full")) ==
              TokenChanged::Crowded);
        CHECK(store().registrations().findRegistration(other.id).value().device == other.device);
    }
    SECTION("not by a renewal that moves") {
        const NewRegistration other = incoming("other", "one more");
        store().registrations().registerDevice(other);
        NewRegistration renewal = incoming("full", "one more");
        renewal.previous_secret_hash = other.secret_hash;
        CHECK(store().registrations().registerDevice(renewal).id == 0);
        CHECK(store().registrations().findRegistration(other.public_id).value().secret_hash ==
              other.secret_hash);
    }
    CHECK(onDevice() == before);
}

TEST_CASE_METHOD(Crowded, "a device that is full renews, moves, and takes an account it has",
                 "[sqlite]") {
    const std::size_t before = onDevice();
    CHECK(store().registrations().registerDevice(incoming("full", "account 7")).renewed);
    CHECK(changeToken(all[0].public_id, to("full")));
    CHECK(changeToken(registered("other", "account 7").public_id, to("full")));
    CHECK(changeToken(all[0].public_id, to("fresh")));
    CHECK(onDevice() == before);
    REQUIRE(store().registrations().removeRegistration(all[1].public_id));
    CHECK(store().registrations().registerDevice(incoming("fresh", "one more")).id != 0);
}
