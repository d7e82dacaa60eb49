// SPDX-License-Identifier: Apache-2.0
#include "managed/mailbox_tasks.h"

#include <catch2/catch.hpp>

#include "mailbox_tasks_bench.h"
#include "util/crypto.h"

using namespace postbell;
using namespace std::chrono_literals;
using Bench = testing::MailboxTasksBench;
using testing::stepOf;
using testing::subscribed;
using testing::unsubscribed;

TEST_CASE("a mailbox without a subscription gets one, on a callback that is durable before",
          "[managed][row:MANAGED-1]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.answers(subscribed(bench));
    bench.look();
    CHECK(bench.opened == std::vector<std::uint32_t>{POSTBELL_TASK_SUBSCRIBE});
    REQUIRE(bench.store.callbacks.size() == 1);
    REQUIRE(bench.callback_url.starts_with("https://here/mail/"));
    CHECK(bench.store.callbacks[0] == util::sha256(bench.callback_url.substr(18)));
    CHECK(bench.row().subscription == "id");
    CHECK(bench.row().expires_at == bench.now() + 1h);
    CHECK(bench.row().due_at > bench.now());
    CHECK(bench.store.saved_notifying == 1);
}

TEST_CASE("a subscription without an id is a refusal", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.answers(stepOf(POSTBELL_STEP_DONE));
    bench.look();
    CHECK(bench.row().refused);
    CHECK(bench.row().problem == "the backend named no subscription");
}

TEST_CASE("a subscription that the server does not know any more is made anew", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.store.rows[1].subscription = "old";
    bench.store.rows[1].renew_asked_at = bench.now();
    bench.answers(stepOf(POSTBELL_STEP_GONE));
    bench.look();
    CHECK(bench.opened == std::vector<std::uint32_t>{POSTBELL_TASK_REAUTHORIZE});
    CHECK(bench.row().subscription.empty());
    CHECK(bench.row().due_at <= bench.now());
}

TEST_CASE("a subscription whose new authorization is refused is lost, and no renewal is",
          "[managed][row:MANAGED-41]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.store.rows[1].subscription = "old";
    bench.store.rows[1].expires_at = bench.now() + 24h;
    bench.answers(stepOf(POSTBELL_STEP_REFUSED, "the permission is missing"));
    SECTION("the server asked for it") {
        bench.store.rows[1].renew_asked_at = bench.now();
        bench.look();
        CHECK(bench.opened == std::vector<std::uint32_t>{POSTBELL_TASK_REAUTHORIZE});
        CHECK(bench.row().subscription.empty());
        bench.look();
        CHECK(bench.opened.back() == POSTBELL_TASK_SUBSCRIBE);
        CHECK(bench.row().refused);
    }
    SECTION("it was time to renew") {
        bench.store.rows[1].renew_at = bench.now();
        bench.look();
        CHECK(bench.opened == std::vector<std::uint32_t>{POSTBELL_TASK_RENEW});
        CHECK(bench.row().subscription == "old");
    }
}

TEST_CASE("a failure of a mailbox waits longer each time, and others go on", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.answers(stepOf(POSTBELL_STEP_RETRY, "not now"));
    bench.look();
    CHECK(bench.row().attempts == 1);
    CHECK(bench.row().failed_at == bench.now());
    CHECK(bench.row().problem == "not now");
    CHECK_FALSE(bench.row().refused);
    CHECK(bench.row().due_at > bench.now());
    CHECK_FALSE(bench.held());
}

TEST_CASE("a subscription that ends at once is a refusal", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    postbell_step past = subscribed(bench);
    past.expires_ms = util::toMs(bench.now()) / 1000 + 3'600;  // seconds
    bench.answers(past);
    bench.look();
    CHECK(bench.row().refused);
    CHECK(bench.row().attempts == 1);
    CHECK(bench.row().due_at > bench.now() + 1min);
    CHECK(bench.row().problem.find("is past") != std::string::npos);
}

TEST_CASE("a subscription that fails again and again is told once", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.answers(stepOf(POSTBELL_STEP_RETRY, "the listener is not reached"));
    for (int i = 0; i < 8; ++i) {
        bench.look();
        const bool told = bench.bench.logged().find("again and again") != std::string::npos;
        CHECK(told == (i >= 4));
        bench.bench.clock.advance(bench.row().due_at - bench.now());
    }
    CHECK(bench.bench.logged().find("again and again") ==
          bench.bench.logged().rfind("again and again"));
}

TEST_CASE("a mailbox without registrations is unsubscribed, then forgotten", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.store.rows[1].subscription = "id";
    bench.store.rows[1].registrations = bench.store.rows[1].live = 0;
    bench.answers(stepOf(POSTBELL_STEP_GONE));
    bench.look();
    CHECK(bench.opened == std::vector<std::uint32_t>{POSTBELL_TASK_UNSUBSCRIBE});
    CHECK(bench.store.rows.empty());
    CHECK(bench.gone == std::vector<store::Id>{1});
}

TEST_CASE("a mailbox without registrations and subscription is forgotten at once", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.store.rows[1].registrations = bench.store.rows[1].live = 0;
    bench.look();
    CHECK(bench.opened.empty());
    CHECK(bench.store.rows.empty());
    CHECK(bench.gone == std::vector<store::Id>{1});
}

TEST_CASE("a note that a server wants back before it notifies is given back", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.store.rows[1].subscription = "id";
    bench.store.rows[1].note = "code";
    bench.answers(stepOf(POSTBELL_STEP_DONE));
    bench.look();
    CHECK(bench.opened == std::vector<std::uint32_t>{POSTBELL_TASK_CONFIRM});
    CHECK(bench.row().subscription == "id");
    CHECK(bench.store.saved_notifying == 1);
}

TEST_CASE("a store that fails at a task's end holds the instance for a moment", "[managed]") {
    Bench bench;
    bench.store.rows[1] = unsubscribed(1);
    bench.script.step = [&](const postbell_response*, postbell_step& out) {
        bench.store.fails = true;
        out.result = POSTBELL_STEP_RETRY;
        return POSTBELL_OK;
    };
    bench.look();
    CHECK(bench.held());
    bench.bench.clock.advance(1s);
    CHECK_FALSE(bench.held());
}

TEST_CASE("six mailboxes of an instance are worked on at once", "[managed]") {
    Bench bench;
    for (store::Id id = 1; id <= 20; ++id) bench.store.rows[id] = unsubscribed(id);
    std::size_t begun = 0;
    bench.loop.runAndWait([&] {
        bench.tasks->look();
        bench.tasks->look();
        begun = bench.store.callbacks.size();
    });
    CHECK(begun == 6);
}
