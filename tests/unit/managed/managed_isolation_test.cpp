// SPDX-License-Identifier: Apache-2.0
// Trouble of one instance, or of one kind of task, is no other's.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "managed_host_bench.h"

using namespace postbell;
using namespace std::chrono_literals;
using store::Registration;
using Bench = testing::ManagedHostBench;

TEST_CASE("a mail server that never ends its answers takes no thread of another instance",
          "[managed]") {
    Bench bench(true);
    std::vector<std::thread> counting;
    for (const char* mailbox : {"a", "b", "c", "d", "e", "f"}) {
        const std::string path = std::string("/") + mailbox;
        bench.other_server.answer("/subscribe" + path, {200, "id", 60s});
        bench.other_server.answer("/count" + path, {200, "1", 60s});
        const Registration r = bench.managed(mailbox, mailbox, "other");
        counting.emplace_back([&bench, r] { bench.count(r); });
    }
    // Its eight threads wait, beside the keys and the token that it has.
    REQUIRE(testing::eventually([&] { return bench.other_server.asked().size() >= 10; }));

    const auto begun = util::realNow();
    const Registration anna = bench.managed("anna", "anna");
    bench.server.answer("/count/anna", {200, "7"});
    CHECK(bench.subscribes(anna));
    CHECK(bench.count(anna) == 7);
    CHECK(util::realNow() - begun < 2s);
    for (std::thread& thread : counting) thread.join();
}

TEST_CASE("a server that wants no subscriptions now still tells counts",
          "[managed][row:MANAGED-12]") {
    Bench bench;
    const Registration anna = bench.managed("anna", "anna");
    REQUIRE(bench.subscribes(anna));
    bench.server.answer("/count/anna", {200, "7"});
    bench.server.answer("/subscribe/bob", {200, "busy"});
    const Registration bob = bench.managed("bob", "bob");
    REQUIRE(
        testing::eventually([&] { return util::isSet(bench.now(bob).mailbox_state.failed_at); }));
    CHECK(bench.count(anna) == 7);
    CHECK_FALSE(bench.now(bob).mailbox_state.subscribed);
}
