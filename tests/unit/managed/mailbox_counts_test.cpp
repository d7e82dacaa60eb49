// SPDX-License-Identifier: Apache-2.0
#include "managed/mailbox_counts.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <future>

#include "runner_bench.h"

using namespace postbell;
using namespace postbell::managed;
using namespace std::chrono_literals;
using testing::stepOf;
using testing::unsubscribed;

namespace {

struct Bench : testing::RunnerBench {
    Bench() {
        store.rows[1] = unsubscribed(1);
        loop.runAndWait([this] { counts.emplace("mail", *runner, hold, store, loop, bench.log); });
    }
    ~Bench() {
        http.stop();
        loop.runAndWait([this] {
            runner.reset();
            counts.reset();
        });
    }
    void counted(std::int32_t unread) {
        postbell_step step = stepOf(POSTBELL_STEP_DONE);
        step.unread = unread;
        answers(step);
    }
    std::int32_t ask(util::RealTime since, store::Id mailbox = 1,
                     util::Milliseconds patience = 10s) {
        std::promise<std::int32_t> count;
        loop.runAndWait([&] {
            counts->ask(mailbox, since, patience,
                        [&](std::int32_t value) { count.set_value(value); });
        });
        return count.get_future().get();
    }

    bool held() {
        bool is_held = false;
        loop.runAndWait([&] { is_held = hold.held(); });
        return is_held;
    }

    testing::FakeMailboxes store;
    InstanceHold hold{"mail", "tasks", bench.clock, bench.log};
    std::optional<MailboxCounts> counts;
};

}  // namespace

TEST_CASE("a count is read once for all callers that ask while it is read", "[managed]") {
    Bench bench;
    bench.counted(4);
    std::vector<std::int32_t> answers;
    bench.loop.runAndWait([&] {
        for (int i = 0; i < 3; ++i)
            bench.counts->ask(1, util::realNow() - 1s, 10s,
                              [&](std::int32_t count) { answers.push_back(count); });
    });
    bench.settle();
    CHECK(answers == std::vector<std::int32_t>{4, 4, 4});
    CHECK(bench.steps == 1);
}

TEST_CASE("a count serves pushes whose events are older than its reading", "[managed]") {
    Bench bench;
    bench.counted(4);
    const util::RealTime before = util::realNow();
    CHECK(bench.ask(before) == 4);
    bench.counted(5);
    CHECK(bench.ask(before) == 4);
    CHECK(bench.ask(util::realNow()) == 5);
    CHECK(bench.steps == 2);
}

TEST_CASE("a count that cannot be read is unknown", "[managed]") {
    Bench bench;
    bench.answers(stepOf(POSTBELL_STEP_RETRY));
    CHECK(bench.ask(util::realNow()) == store::kUnknownCount);
    bench.counted(-1);
    CHECK(bench.ask(util::realNow()) == store::kUnknownCount);
    CHECK(bench.ask(util::realNow(), 2) == store::kUnknownCount);
    bench.store.fails = true;
    CHECK(bench.ask(util::realNow()) == store::kUnknownCount);
}

TEST_CASE("an earlier count is none of a later moment that could not be read", "[managed]") {
    Bench bench;
    bench.counted(4);
    CHECK(bench.ask(util::realNow()) == 4);
    bench.store.fails = true;
    const util::RealTime since = util::realNow();
    CHECK(bench.ask(since) == store::kUnknownCount);
    CHECK(bench.ask(since) == store::kUnknownCount);
}

TEST_CASE("a push without a badge is told, once a minute for each reason",
          "[managed][row:MANAGED-41]") {
    Bench bench;
    const auto told = [&](const std::string& why) {
        const std::string logged = bench.bench.logged();
        std::size_t lines = 0;
        for (auto at = logged.find(why); at != logged.npos; at = logged.find(why, at + 1)) ++lines;
        return lines;
    };
    bench.answers(stepOf(POSTBELL_STEP_REFUSED, "the user has no mailbox"));
    bench.ask(util::realNow());
    bench.ask(util::realNow());
    CHECK(told("the user has no mailbox") == 1);
    bench.answers(stepOf(POSTBELL_STEP_REFUSED, "the permission is missing"));
    bench.ask(util::realNow());
    CHECK(told("the permission is missing") == 1);
    bench.bench.clock.advance(1min);
    bench.answers(stepOf(POSTBELL_STEP_REFUSED, "the user has no mailbox"));
    bench.ask(util::realNow());
    CHECK(told("the user has no mailbox") == 2);
}

TEST_CASE("no count is read while the instance is held", "[managed]") {
    Bench bench;
    bench.counted(4);
    bench.loop.runAndWait([&] { bench.hold.hold(1min); });
    CHECK(bench.ask(util::realNow()) == store::kUnknownCount);
    CHECK(bench.steps == 0);
}

TEST_CASE("a mail server that wants no counts now holds the instance", "[managed]") {
    Bench bench;
    postbell_step busy = stepOf(POSTBELL_STEP_RETRY);
    busy.scope = POSTBELL_STEP_OF_INSTANCE;
    busy.retry_after_ms = 60'000;
    bench.answers(busy);
    CHECK(bench.ask(util::realNow()) == store::kUnknownCount);
    CHECK(bench.held());
}

TEST_CASE("after a hold one mailbox at a time is read, and pushes of others do not wait",
          "[managed]") {
    Bench bench;
    bench.store.rows[2] = unsubscribed(2);
    postbell_step busy = stepOf(POSTBELL_STEP_RETRY);
    busy.scope = POSTBELL_STEP_OF_INSTANCE;
    busy.retry_after_ms = 60'000;
    bench.answers(busy);
    bench.ask(util::realNow());
    bench.bench.clock.advance(1min);
    REQUIRE_FALSE(bench.held());
    bench.counted(4);

    std::vector<std::int32_t> first, second;
    bench.loop.runAndWait([&] {
        const auto into = [](std::vector<std::int32_t>& answers) {
            return [&answers](std::int32_t count) { answers.push_back(count); };
        };
        bench.counts->ask(1, util::realNow(), 10s, into(first));
        bench.counts->ask(2, util::realNow(), 10s, into(second));
    });
    bench.settle();
    CHECK(first == std::vector<std::int32_t>{4});
    CHECK(second == std::vector<std::int32_t>{store::kUnknownCount});
    CHECK(bench.ask(util::realNow(), 2) == 4);
}

TEST_CASE("a mailbox that blames its instance at every count holds up no other", "[managed]") {
    Bench bench;
    bench.store.rows[2] = unsubscribed(2);
    postbell_step busy = stepOf(POSTBELL_STEP_RETRY);
    busy.scope = POSTBELL_STEP_OF_INSTANCE;
    busy.retry_after_ms = 60'000;
    bench.answers(busy);
    bench.ask(util::realNow(), 1);
    REQUIRE(bench.held());
    bench.bench.clock.advance(1min);
    bench.counted(4);
    REQUIRE(bench.ask(util::realNow(), 2) == 4);

    bench.answers(busy);
    CHECK(bench.ask(util::realNow(), 1) == store::kUnknownCount);
    CHECK_FALSE(bench.held());
}
