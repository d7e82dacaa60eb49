// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_instance.h"

#include <catch2/catch.hpp>

#include "unit/backend/instance_bench.h"

using namespace postbell;
using namespace postbell::testing;
using namespace std::chrono_literals;
using backend::Reading;

namespace {

const Reading kRead{Reading::Result::Read, "POSTBELL_OK"};
const Reading kUnreadable{Reading::Result::Unreadable, "POSTBELL_EINVAL"};
const Reading kFailed{Reading::Result::Failed, "POSTBELL_EINTERNAL"};

void complain(InstanceBench& bench, const Reading& reading, std::string sentence) {
    backend::Staged staged;
    staged.problem = std::move(sentence);
    bench.instance.complain(reading, staged, 200, 1);
}

}  // namespace

TEST_CASE("an instance describes itself by its plugin's routes") {
    InstanceBench bench;
    CHECK(bench.instance.name() == "lines");
    CHECK(bench.instance.description().has_url);
    CHECK(bench.instance.tenantCallbacks() == backend::TenantCallbacks::ServedWithSecret);
}

TEST_CASE("a plugin that never blocks runs on the listener's thread") {
    InstanceBench bench;
    CHECK(bench.instance.pool() == nullptr);
}

TEST_CASE("a plugin's complaint of a message is in the log, each sentence once a minute",
          "[row:TENANT-10]") {
    InstanceBench bench;
    for (int i = 0; i < 3; ++i) complain(bench, kUnreadable, "no kind");
    CHECK(bench.logged.lines("a backend cannot read a message") == 1);
    CHECK_THAT(bench.logged.text(), Catch::Contains("backend=lines status=POSTBELL_EINVAL "
                                                    "reason=\"no kind\""));
    bench.clock.advance(1min);
    complain(bench, kUnreadable, "no kind");
    CHECK(bench.logged.lines("a backend cannot read a message") == 2);
    CHECK(bench.logged.lines("suppressed=2") == 1);
}

TEST_CASE("messages that are fine leave no line") {
    InstanceBench bench;
    complain(bench, kRead, "");
    CHECK(bench.logged.text().empty());
}

TEST_CASE("a flood of one kind of trouble hides no other") {
    InstanceBench bench;
    for (int i = 0; i < 1'000; ++i) complain(bench, kRead, "item " + std::to_string(i));
    bench.instance.overloaded();
    complain(bench, kFailed, "");
    CHECK(bench.logged.lines("does not keep up") == 1);
    CHECK(bench.logged.lines("a backend failed") == 1);
    CHECK(bench.counted("postbell_notifications_total", "overload") == 1);
}

TEST_CASE("a message that was too much is said, and its backend is not blamed") {
    InstanceBench bench;
    backend::Staged staged;
    staged.tally.too_many = staged.tally.left_out = true;
    staged.problem = "the host refused what the backend staged";
    bench.instance.complain(kFailed, staged, 413, 1);
    CHECK(bench.logged.lines("more events than are taken") == 1);
    CHECK(bench.logged.lines("answer=413") == 1);
    CHECK(bench.logged.lines("some were left out") == 1);
    CHECK(bench.logged.lines("a backend failed") == 0);
}

TEST_CASE("a store that cannot be read is in the log once a minute for each reason") {
    InstanceBench bench;
    for (int i = 0; i < 3; ++i) bench.instance.storeFailed("a value does not open", 1);
    bench.instance.storeFailed("the disk is full", 1);
    CHECK(bench.logged.lines("the store cannot be read") == 2);
    CHECK(bench.logged.lines("reason=\"a value does not open\"") == 1);
}

TEST_CASE("a reply that breaks the contract is told with its backend and trace", "[backend]") {
    InstanceBench bench;
    backend::Staged staged;
    staged.breach = "respond() got an answer with too many headers";
    bench.instance.complain(kRead, staged, 204, 1);
    CHECK(bench.logged.lines("a backend breaks the contract") == 1);
    CHECK(bench.logged.lines("backend=lines answer=204") == 1);
}

TEST_CASE(
    "an instance whose message kept the listener waiting for the store gets threads of its own",
    "[row:TENANT-7]") {
    InstanceBench bench;
    bench.instance.noteReading(9ms);
    CHECK(bench.instance.pool() == nullptr);
    bench.instance.noteReading(10ms);
    CHECK(bench.instance.pool() != nullptr);
    bench.instance.noteReading(10ms);
    CHECK(bench.logged.lines("threads of its own") == 1);
}
