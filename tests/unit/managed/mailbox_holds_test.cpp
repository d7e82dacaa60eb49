// SPDX-License-Identifier: Apache-2.0
// Tasks of mailboxes while their instance fails.
#include <catch2/catch.hpp>

#include "mailbox_tasks_bench.h"

using namespace postbell;
using namespace std::chrono_literals;
using Bench = testing::MailboxTasksBench;
using testing::stepOf;
using testing::subscribed;
using testing::unsubscribed;

namespace {

std::string unusable(const char* why) {
    return std::string(store::kServerUnusable) + ": " + why;
}

}  // namespace

TEST_CASE("a failure of the instance holds every mailbox, and none is to blame", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    postbell_step busy = stepOf(POSTBELL_STEP_RETRY, "too many requests");
    busy.scope = POSTBELL_STEP_OF_INSTANCE;
    busy.retry_after_ms = 60'000;
    bench.answers(busy);
    bench.look();
    CHECK(bench.held());
    CHECK(bench.row().attempts == 0);
    bench.look();
    CHECK(bench.opened.size() == 1);
    bench.bench.clock.advance(1min);
    CHECK_FALSE(bench.held());
    bench.look();
    CHECK(bench.opened.size() == 2);
}

TEST_CASE("a refusal of the instance is none of the mailbox, whoever else succeeds",
          "[managed][row:MANAGED-39]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    postbell_step refused = stepOf(POSTBELL_STEP_REFUSED, "the login refuses the secret");
    refused.scope = POSTBELL_STEP_OF_INSTANCE;
    bench.answers(refused);
    bench.look();
    CHECK(bench.held());
    CHECK_FALSE(bench.row().refused);
    CHECK(bench.row().failed_at == bench.now());
    CHECK(bench.row().problem == unusable("the login refuses the secret"));

    bench.bench.clock.advance(bench.row().due_at - bench.now());
    bench.loop.runAndWait([&] { bench.hold.succeeded(2); });
    bench.look();
    CHECK(bench.row().attempts == 1);
    CHECK_FALSE(bench.row().refused);
}

TEST_CASE("a mailbox that was refused stays so while its instance fails", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.answers(stepOf(POSTBELL_STEP_REFUSED, "no such mailbox"));
    bench.look();
    REQUIRE(bench.row().refused);
    postbell_step busy = stepOf(POSTBELL_STEP_RETRY, "too many requests");
    busy.scope = POSTBELL_STEP_OF_INSTANCE;
    bench.answers(busy);
    bench.bench.clock.advance(bench.row().due_at - bench.now());
    bench.look();
    CHECK(bench.row().problem == unusable("too many requests"));
    CHECK(bench.row().refused);
}

TEST_CASE("an instance is held for an hour at most, and then one mailbox at a time is tried",
          "[managed]") {
    Bench bench;
    for (store::Id id = 1; id <= 9; ++id) bench.store.rows[id] = unsubscribed(id);
    postbell_step busy = stepOf(POSTBELL_STEP_RETRY, "come back tomorrow");
    busy.scope = POSTBELL_STEP_OF_INSTANCE;
    busy.retry_after_ms = 86'400'000;
    bench.answers(busy);
    bench.look();
    const std::size_t together = bench.opened.size();
    CHECK(bench.held());
    CHECK(bench.bench.logged().find("come back tomorrow") != std::string::npos);
    bench.bench.clock.advance(1h - 1ms);
    REQUIRE(bench.held());
    bench.bench.clock.advance(1ms);
    REQUIRE_FALSE(bench.held());
    bench.answers(subscribed(bench));
    bench.look();
    CHECK(bench.opened.size() == together + 1);
    CHECK(bench.store.rows.at(7).subscription == "id");  // which was not tried before
    bench.look();
    CHECK(bench.opened.size() == together + 1 + together);
}

TEST_CASE("mailboxes that wait for their instance fail with it, each as soon as it is due",
          "[managed][row:MANAGED-39]") {
    Bench bench;
    for (store::Id id = 1; id <= 8; ++id) bench.store.rows[id] = unsubscribed(id);
    bench.store.rows[8].due_at = bench.now() + 2min;
    postbell_step busy = stepOf(POSTBELL_STEP_RETRY, "too many requests");
    busy.scope = POSTBELL_STEP_OF_INSTANCE;
    busy.retry_after_ms = 600'000;
    bench.answers(busy);
    bench.look();
    REQUIRE(bench.opened.size() == 6);
    bench.look();
    CHECK(bench.store.rows[7].failed_at == bench.now());
    CHECK(bench.store.rows[7].problem == unusable("too many requests"));
    CHECK(bench.store.rows[7].attempts == 0);
    CHECK_FALSE(util::isSet(bench.store.rows[8].failed_at));

    bench.bench.clock.advance(3min);
    bench.look();
    CHECK(bench.store.rows[8].failed_at == bench.now());
    CHECK(bench.opened.size() == 6);
}

TEST_CASE("mailboxes that wait fail no longer once their instance has gone on for a minute",
          "[managed][row:MANAGED-39]") {
    Bench bench;
    for (store::Id id = 1; id <= 40; ++id) bench.store.rows[id] = unsubscribed(id);
    bench.store.rows[40].attempts = 1;
    postbell_step busy = stepOf(POSTBELL_STEP_RETRY, "too many requests");
    busy.scope = POSTBELL_STEP_OF_INSTANCE;
    busy.retry_after_ms = 10'000;
    bench.answers(busy);
    bench.look();
    bench.look();
    REQUIRE(util::isSet(bench.store.rows[39].failed_at));
    bench.bench.clock.advance(10s);
    bench.answers(subscribed(bench));
    bench.look();

    SECTION("not before") {
        bench.bench.clock.advance(59s);
        bench.look();
        CHECK(util::isSet(bench.store.rows[39].failed_at));
    }
    SECTION("then") {
        bench.bench.clock.advance(1min);
        bench.look();
        CHECK_FALSE(util::isSet(bench.store.rows[39].failed_at));
        CHECK(bench.store.rows[39].problem.empty());
        CHECK(bench.store.rows[39].subscription.empty());
        CHECK(bench.store.rows[40].problem ==
              unusable("too many requests"));  // it has failed itself before
    }
    SECTION("nor while it is held again now and then") {
        for (int i = 0; i < 2; ++i) {
            bench.bench.clock.advance(40s);
            bench.answers(busy);
            bench.look();
            bench.look();
            bench.bench.clock.advance(10s);
            bench.answers(subscribed(bench));
            bench.look();
        }
        CHECK(util::isSet(bench.store.rows[39].failed_at));
    }
}

TEST_CASE("a mailbox that has nothing to do fails no longer than its instance", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.store.rows[1].subscription = "id";
    bench.store.rows[1].failed_at = bench.now();
    bench.store.rows[1].problem = "too many requests";
    bench.look();
    CHECK(bench.opened.empty());
    CHECK_FALSE(util::isSet(bench.row().failed_at));
    CHECK(bench.row().problem.empty());
    CHECK(bench.row().due_at > bench.now());
}

TEST_CASE("a mailbox that blames its instance while others succeed is to blame itself",
          "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    postbell_step busy = stepOf(POSTBELL_STEP_RETRY, "too many requests");
    busy.scope = POSTBELL_STEP_OF_INSTANCE;
    bench.answers(busy);
    bench.look();
    REQUIRE(bench.held());
    bench.bench.clock.advance(5min);
    bench.store.rows[1].due_at = bench.now() + 1min;
    bench.store.rows[2] = unsubscribed(2);
    bench.answers(subscribed(bench));
    bench.look();
    REQUIRE(bench.store.rows.at(2).subscription == "id");

    bench.bench.clock.advance(1min);
    bench.answers(busy);
    bench.look();
    CHECK_FALSE(bench.held());
    CHECK(bench.row().attempts == 1);
    CHECK(bench.row().due_at > bench.now());
}
