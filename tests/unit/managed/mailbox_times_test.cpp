// SPDX-License-Identifier: Apache-2.0
// When mailboxes are looked at: clocks that were ahead, and subscriptions that cannot be kept.
#include <catch2/catch.hpp>

#include "mailbox_tasks_bench.h"

using namespace postbell;
using namespace std::chrono_literals;
using Bench = testing::MailboxTasksBench;
using testing::stepOf;
using testing::subscribed;
using testing::unsubscribed;

TEST_CASE("a wall clock that is set back has subscriptions looked at that it made last too long",
          "[managed][row:MANAGED-35]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    const util::WallTime right = bench.now();
    bench.bench.clock.setWall(right + 20 * 24h);
    bench.answers(subscribed(bench));
    bench.look();
    REQUIRE(bench.row().expires_at == right + 20 * 24h + 1h);

    bench.bench.clock.setWall(right);
    bench.answers(stepOf(POSTBELL_STEP_GONE));
    bench.look();
    CHECK(bench.opened.back() == POSTBELL_TASK_RENEW);
    bench.answers(subscribed(bench));
    bench.look();
    CHECK(bench.row().expires_at == right + 1h);
}

TEST_CASE("times of a clock that was ahead before the start are looked at",
          "[managed][row:MANAGED-35]") {
    Bench bench;
    store::ManagedMailbox row = unsubscribed(1);
    row.subscription = "id";
    row.expires_at = bench.now() + 30 * 24h;
    row.renew_at = row.due_at = row.expires_at - 4 * 24h;
    bench.store.rows[1] = row;
    bench.answers(subscribed(bench));
    bench.look();
    CHECK(bench.opened == std::vector<std::uint32_t>{POSTBELL_TASK_RENEW});
    CHECK(bench.row().expires_at == bench.now() + 1h);
}

TEST_CASE("a failure of a clock that was ahead counts from now", "[managed][row:MANAGED-35]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.store.rows[1].failed_at = bench.now() + 20 * 24h;
    bench.answers(stepOf(POSTBELL_STEP_RETRY));
    bench.look();
    CHECK(bench.row().failed_at == bench.now());
}

TEST_CASE("a renewal that is refused to the end is followed by a new subscription at once",
          "[managed][row:MANAGED-36]") {
    Bench bench;
    store::ManagedMailbox row = unsubscribed(1);
    row.subscription = "id";
    row.renew_at = bench.now();
    row.expires_at = bench.now() + 24h;
    row.attempts = 9;  // whose pause is hours
    bench.store.rows[1] = row;
    const util::WallTime end = row.expires_at;
    bench.answers(stepOf(POSTBELL_STEP_REFUSED, "no"));
    while (bench.row().due_at < end) {
        bench.bench.clock.advance(std::max(bench.row().due_at - bench.now(), 0ms));
        bench.look();
    }
    CHECK(bench.row().due_at == end);
    bench.bench.clock.advance(end - bench.now());
    bench.look();
    CHECK(bench.opened.back() == POSTBELL_TASK_SUBSCRIBE);
    CHECK(bench.row().attempts == 1);
    CHECK(bench.row().due_at < end + 6min);
}
