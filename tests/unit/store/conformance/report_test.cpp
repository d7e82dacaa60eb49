// SPDX-License-Identifier: Apache-2.0
// How apps report their subscriptions.
#include <catch2/catch.hpp>

#include "store/records/retired_ids.h"
#include "support/store_fixture.h"

using namespace postbell;
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

TEST_CASE_METHOD(StoreFixture, "a report replaces, renews or is refused", "[store]") {
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

TEST_CASE_METHOD(StoreFixture, "how a folder was reported is read with its registration",
                 "[store][row:FOLDER-3]") {
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
    store().seen().heard({r.id, true}, util::fromMs(6500), Sign::OfEvent);
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

TEST_CASE_METHOD(StoreFixture, "a note goes with its request and asks the app to look", "[store]") {
    const Registration r = registered("t", "a");
    const auto done = std::make_shared<std::promise<bool>>();
    Batch batch;
    batch.changes = {{r.id, SubscriptionChange::Kind::Noted, util::fromMs(2000), {}, "code 1234"}};
    batch.done = [done](CommitEnd end) { done->set_value(end == CommitEnd::Durable); };
    std::future<bool> durable = done->get_future();

    store().events().stage(std::move(batch));

    CHECK(durable.get());
    CHECK(store().registrations().findRegistration(r.id).value().note == "code 1234");
    CHECK(pending(r.id).value().check_generation > 0);
}
