// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

TEST_CASE_METHOD(StoreFixture, "kinds merge to the stronger and remember their generations",
                 "[store]") {
    const Registration r = registered("t", "a");

    REQUIRE(stage({event(r, Kind::NewMail, 1, 0, 5000)}));
    REQUIRE(stage({event(r, Kind::CountChanged, 2, 0, 6000)}));
    REQUIRE(stage({event(r, Kind::Check, 9, 0, 7000)}));
    const Pending row = pending(r.id).value();

    CHECK(row.count == 2);
    CHECK(row.since == util::fromMs(5000));
    CHECK(row.new_mail_generation > 0);
    CHECK(row.mail_generation > row.new_mail_generation);
    CHECK(row.check_generation > row.mail_generation);
    CHECK(row.generation == row.check_generation);
    CHECK(row.device == r.device);
    CHECK(row.app == r.app->id);
    CHECK(row.environment == Environment::Production);
}

TEST_CASE_METHOD(StoreFixture, "mail after a check begins its own wait and takes no count from it",
                 "[store]") {
    const Registration r = registered("t", "a");

    REQUIRE(stage({event(r, Kind::Check, -1, 900, 5000)}));
    CHECK(pending(r.id).value().mail_generation == 0);
    REQUIRE(stage({event(r, Kind::CountChanged, 4, 100, 6000)}));

    CHECK(pending(r.id).value().count == 4);
    CHECK(pending(r.id).value().since == util::fromMs(6000));
}

TEST_CASE_METHOD(StoreFixture, "delivery leaves what came during the flight", "[store]") {
    const Registration r = registered("t", "a");
    REQUIRE(stage({event(r, Kind::NewMail, 1, 0, 5000)}));
    const std::int64_t sent = pending(r.id).value().generation;
    const Delivered delivered{sent, 1, false, util::fromMs(8000)};

    SECTION("nothing: the row is gone") {
        settle(r, delivered);
        CHECK_FALSE(pending(r.id));
    }
    SECTION("a changed count: it alone is left, and not as new mail") {
        REQUIRE(stage({event(r, Kind::CountChanged, 0, 0, 7000)}));
        settle(r, delivered);
        const Pending row = pending(r.id).value();
        CHECK(row.new_mail_generation == 0);
        CHECK(row.mail_generation > sent);
        CHECK(row.count == 0);
        CHECK(row.since == util::fromMs(8000));
    }
    SECTION("a check: it is left without mail") {
        REQUIRE(stage({event(r, Kind::Check, -1)}));
        settle(r, delivered);
        const Pending row = pending(r.id).value();
        CHECK(row.mail_generation == 0);
        CHECK(row.check_generation > 0);
        settle(r, CheckSettled{row.generation});
        CHECK_FALSE(pending(r.id));
    }
    SECTION("a sent check leaves the mail") {
        REQUIRE(stage({event(r, Kind::Check, -1)}));
        settle(r, CheckSettled{pending(r.id).value().generation});
        CHECK(pending(r.id).value().check_generation == 0);
        CHECK(pending(r.id).value().new_mail_generation == sent);
    }
    SECTION("an answer to an old flight never removes a row that was made after it") {
        settle(r, delivered);
        REQUIRE(stage({event(r, Kind::NewMail, 2)}));
        settle(r, delivered);
        CHECK(pending(r.id).value().count == 2);
    }
    SECTION("also after a restart") {
        settle(r, delivered);
        close();
        open();
        REQUIRE(stage({event(r, Kind::NewMail, 2)}));
        CHECK(pending(r.id).value().generation > 0);
    }
    SECTION("the sink hears of what is durable") {
        takeSettled();
        settle(r, delivered);
        CHECK(takeSettled().size() == 1);
    }
}

TEST_CASE_METHOD(StoreFixture, "a message that is sent again changes nothing", "[store]") {
    const Registration r = registered("t", "a");
    StagedEvent first = event(r, Kind::NewMail, 1);
    first.dedup = dedupKey("key 1", true);
    StagedEvent second = event(r, Kind::NewMail, 2);
    second.dedup = dedupKey("key 2", true);
    REQUIRE(stage({first}));
    takeRows();
    const Pending row = pending(r.id).value();

    SECTION("while its row is pending") {
        REQUIRE(stage({first}));
        CHECK(pending(r.id).value().generation == row.generation);
        CHECK(takeRows().empty());
    }
    SECTION("when its row is gone") {
        settle(r, Delivered{row.generation, 1, false, {}});
        REQUIRE(stage({first}));
        CHECK_FALSE(pending(r.id));
        REQUIRE(stage({second}));
        CHECK(pending(r.id));
    }
    SECTION("after a restart, while its row is pending") {
        close();
        open();
        REQUIRE(stage({first}));
        CHECK(pending(r.id).value().generation == row.generation);
    }
    SECTION("and so it is after another one") {
        REQUIRE(stage({second, first}));
        CHECK(pending(r.id).value().count == 2);
        settle(r, Delivered{pending(r.id).value().generation, 2, false, {}});
        REQUIRE(stage({first, second}));
        CHECK_FALSE(pending(r.id));
    }
}

TEST_CASE_METHOD(StoreFixture, "a dead device keeps no pending rows and lives again with its token",
                 "[store]") {
    const Registration a = registered("t", "a");
    const Registration b = registered("t", "b");
    const util::WallTime token_at = store().events().pushTarget(a.id).value().token_at;
    REQUIRE(stage({event(a, Kind::NewMail, 1), event(b, Kind::NewMail, 1)}));

    settle(a, DeviceDead{token_at - util::Milliseconds(1), util::fromMs(9000)});
    CHECK(pending(a.id));
    CHECK(store().registrations().findRegistration(a.id).value().device_dead_at ==
          util::WallTime());

    settle(a, DeviceDead{token_at, util::fromMs(9000)});
    CHECK_FALSE(pending(a.id));
    CHECK_FALSE(pending(b.id));
    CHECK(store().registrations().findRegistration(b.id).value().device_dead_at ==
          util::fromMs(9000));

    settle(a, First410{token_at, util::fromMs(9000)});
    CHECK(store().events().pushTarget(a.id).value().first_410_at == util::fromMs(9000));

    CHECK(store().registrations().registerDevice(incoming("t", "a", 20'000)).renewed);
    CHECK(store().registrations().findRegistration(b.id).value().device_dead_at ==
          util::WallTime());
    CHECK(store().events().pushTarget(a.id).value().token_at == util::fromMs(20'000));
    CHECK(store().events().pushTarget(a.id).value().first_410_at == util::WallTime());
}

TEST_CASE_METHOD(StoreFixture, "last counts are kept where a device has two registrations",
                 "[store]") {
    const Registration a = registered("t", "a");
    const auto deliver = [&](const Registration& r, std::int32_t count) {
        REQUIRE(stage({event(r, Kind::NewMail, count)}));
        settle(r, Delivered{pending(r.id).value().generation, count, true, {}});
    };
    const auto counts = [&] {
        std::vector<std::int32_t> found;
        for (const BadgeShare& share : store().events().badgeShares(a.device))
            found.push_back(share.count);
        return found;
    };
    deliver(a, 3);
    CHECK(counts() == std::vector<std::int32_t>{-1});

    const Registration b = registered("t", "b");
    CHECK(b.device == a.device);
    CHECK(counts() == std::vector<std::int32_t>{-1, -1});
    deliver(a, 3);
    deliver(b, 4);
    CHECK(counts() == std::vector<std::int32_t>{3, 4});

    REQUIRE(stage({event(b, Kind::NewMail, 7)}));
    CHECK(counts() == std::vector<std::int32_t>{3, 7});

    CHECK(store().registrations().registerDevice(incoming("t", "a")).renewed);
    CHECK(counts() == std::vector<std::int32_t>{3, 7});

    CHECK(store().registrations().removeRegistration(b.public_id));
    CHECK(counts() == std::vector<std::int32_t>{-1});
    CHECK(store().registrations().findRegistration(a.id).value().registrations_on_device == 1);
    CHECK_FALSE(pending(b.id));
    REQUIRE(stage({event(b, Kind::NewMail, 1)}));
    CHECK_FALSE(pending(b.id));
}

TEST_CASE_METHOD(StoreFixture, "what only memory knows of events comes with the merged row",
                 "[store][row:TRACE-2]") {
    const Registration r = registered("t", "a");
    takeRows();
    Batch batch;
    batch.trace = 0xa;
    batch.events = {event(r, Kind::NewMail, 1), event(r, Kind::CountChanged, 2),
                    event(r, Kind::Check, 0)};
    const auto durable = std::make_shared<std::promise<void>>();
    batch.done = [durable](CommitEnd) { durable->set_value(); };
    store().events().stage(std::move(batch));
    durable->get_future().get();

    const std::vector<Pending> rows = takeRows();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].mail_trace == 0xa);
    CHECK(rows[0].check_trace == 0xa);
    CHECK(rows[0].events == 2);
    CHECK(rows[0].durable > util::RealTime());
    CHECK(pending(r.id).value().mail_trace == 0);
}

TEST_CASE_METHOD(StoreFixture, "a check of the gateway's own does not take a mail's trace away",
                 "[store][row:TRACE-2]") {
    const Registration r = registered("t", "a");
    takeRows();
    // The writer is kept busy, so that what follows makes up one commit.
    std::promise<void> begun, go_on;
    Batch first;
    first.events = {event(r, Kind::CountChanged, 1)};
    first.done = [&](CommitEnd) {
        begun.set_value();
        go_on.get_future().wait();
    };
    store().events().stage(std::move(first));
    begun.get_future().wait();
    Batch mail;
    mail.trace = 0xa;
    mail.events = {event(r, Kind::NewMail, 2)};
    store().events().stage(std::move(mail));
    Batch check;
    check.events = {event(r, Kind::Check, 0)};
    // Shared: the writer may still be inside set_value() when get() returns.
    const auto durable = std::make_shared<std::promise<void>>();
    check.done = [durable](CommitEnd) { durable->set_value(); };
    store().events().stage(std::move(check));
    go_on.set_value();
    durable->get_future().get();

    const Pending row = takeRows().back();
    CHECK(row.mail_trace == 0xa);
    CHECK(row.check_trace == 0);
    CHECK(row.events == 1);
}

TEST_CASE_METHOD(StoreFixture, "events without effect and the sizes of commits are counted",
                 "[store][row:METRIC-13]") {
    const Registration r = registered("t", "a");
    StagedEvent repeated = event(r, Kind::NewMail, 1);
    repeated.dedup = dedupKey("key", true);
    StagedEvent stranger = event(r, Kind::NewMail, 1);
    stranger.registration = 999;
    const StoreStats before = store().stats();

    REQUIRE(stage({repeated, repeated, stranger}));
    store().flush();

    const StoreStats after = store().stats();
    CHECK(after.events_without_effect - before.events_without_effect == 2);
    CHECK(static_cast<double>(after.operations) == after.sizes.sum);
    std::uint64_t commits = 0;
    for (const std::uint64_t count : after.seconds.counts) commits += count;
    CHECK(commits == after.commits);
}
