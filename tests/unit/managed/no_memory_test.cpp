// SPDX-License-Identifier: Apache-2.0
// Work that cannot begin for want of memory is begun later: each allocation of it fails in turn.
#include "support/failing_new.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <new>
#include <optional>

#include "mailbox_tasks_bench.h"
#include "managed/mailbox_counts.h"
#include "managed/refresh.h"
#include "support/eventually.h"

using namespace postbell;
using namespace postbell::managed;
using namespace std::chrono_literals;
using testing::stepOf;
using testing::unsubscribed;

namespace {

/// False: `work` needs no allocation after the `granted` ones.
template <class Work>
bool runsShort(engine::Loop& loop, std::size_t granted, const Work& work) {
    bool ran_short = false;
    loop.runAndWait([&] {
        testing::failAllocations(granted, 1);
        try {
            work();
        } catch (const std::bad_alloc&) {
            // As the loop would.
        }
        ran_short = testing::endOfFailures() > 0;
    });
    return ran_short;
}

}  // namespace

TEST_CASE("a mailbox whose task cannot begin is worked on later", "[managed]") {
    for (std::size_t granted = 0, more = 1; more != 0; ++granted) {
        testing::MailboxTasksBench bench;
        bench.store.rows[1] = unsubscribed(1);
        bench.answers(stepOf(POSTBELL_STEP_RETRY));
        more = runsShort(bench.loop, granted, [&] { bench.tasks->look(); }) ? 1 : 0;
        bench.settle();
        bench.bench.clock.advance(1min);
        bench.store.rows[1].due_at = {};
        const std::size_t before = bench.opened.size();
        bench.look();
        INFO("after " << granted);
        CHECK(bench.opened.size() == before + 1);
    }
}

TEST_CASE("a refresh that cannot begin is begun later", "[managed]") {
    for (std::size_t granted = 0, more = 1; more != 0; ++granted) {
        testing::RunnerBench bench;
        bench.answers(stepOf(POSTBELL_STEP_DONE));
        Refresh refresh(*bench.plugin, *bench.runner, bench.bench.clock, bench.bench.log);
        more = runsShort(bench.loop, granted, [&] { refresh.look(); }) ? 1 : 0;
        bench.loop.runAndWait([&] { refresh.look(); });
        bench.settle();
        INFO("after " << granted);
        CHECK(bench.steps == 1);
    }
}

TEST_CASE("a count that cannot be read for want of memory is unknown, and read for the next push",
          "[managed]") {
    for (std::size_t granted = 0, more = 1; more != 0; ++granted) {
        testing::RunnerBench bench;
        testing::FakeMailboxes store;
        store.rows[1] = unsubscribed(1);
        postbell_step four = stepOf(POSTBELL_STEP_DONE);
        four.unread = 4;
        bench.answers(four);
        InstanceHold hold("mail", "counts", bench.bench.clock, bench.bench.log);
        std::optional<MailboxCounts> counts(std::in_place, "mail", *bench.runner, hold, store,
                                            bench.loop, bench.bench.log);
        const auto ask = [&](CountDone done) {
            counts->ask(1, util::realNow(), 100ms, std::move(done));
        };
        std::atomic<unsigned> answered = 0;
        more =
            runsShort(bench.loop, granted, [&] { ask([&](std::int32_t) { ++answered; }); }) ? 1 : 0;
        CHECK(testing::eventually([&] { return answered == 1; }));
        bench.settle();
        std::int32_t count = store::kUnknownCount;
        bench.loop.runAndWait([&] { ask([&](std::int32_t value) { count = value; }); });
        bench.settle();
        INFO("after " << granted);
        CHECK(count == 4);
        bench.loop.runAndWait([&] { counts.reset(); });
    }
}
