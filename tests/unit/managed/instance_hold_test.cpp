// SPDX-License-Identifier: Apache-2.0
#include "managed/instance_hold.h"

#include <catch2/catch.hpp>

#include "unit/plugin/plugin_folder.h"

using namespace postbell;
using namespace postbell::managed;
using namespace std::chrono_literals;

namespace {

struct Bench : test::Bench {
    InstanceHold hold{"mail", "tasks", clock, log};
};

TaskResult busy(util::Milliseconds retry_after = 0ms) {
    TaskResult result;
    result.of_instance = true;
    result.retry_after = retry_after;
    result.problem = "too many requests";
    return result;
}

}  // namespace

TEST_CASE("an instance that a mailbox blames is held for as long as its server asks", "[managed]") {
    Bench bench;
    CHECK_FALSE(bench.hold.held());
    CHECK(bench.hold.left() == 0ms);
    CHECK(bench.hold.blamed(1, busy(10s)));
    CHECK(bench.hold.held());
    CHECK(bench.hold.left() == 10s);
    CHECK_THAT(bench.logged(), Catch::Contains("too many requests"));
    bench.clock.advance(10s);
    CHECK_FALSE(bench.hold.held());
}

TEST_CASE("one mailbox alone holds its instance for five minutes, several for as long as asked",
          "[managed][row:MANAGED-12]") {
    Bench bench;
    bench.hold.blamed(1, busy(20min));
    CHECK(bench.hold.left() == 5min);
    bench.hold.blamed(1, busy(20min));
    CHECK(bench.hold.left() == 5min);
    bench.hold.blamed(2, busy(20min));
    CHECK(bench.hold.left() == 20min);
    SECTION("in a row") {
        bench.clock.advance(20min);
        bench.hold.blamed(2, busy(10min));
        CHECK(bench.hold.left() == 10min);
    }
    SECTION("but not with a success between") {
        bench.clock.advance(20min);
        bench.hold.succeeded(3);
        bench.hold.blamed(4, busy(10min));
        CHECK(bench.hold.left() == 5min);
    }
}

TEST_CASE("the pauses of an instance whose server names none grow to five minutes", "[managed]") {
    Bench bench;
    util::Milliseconds longest = 0ms;
    for (store::Id mailbox = 1; mailbox < 20; ++mailbox) {
        bench.hold.blamed(mailbox, busy());
        if (mailbox == 1) CHECK(bench.hold.left() <= 2s);
        longest = std::max(longest, bench.hold.left());
        bench.clock.advance(bench.hold.left());
    }
    CHECK(longest == 5min);
}

TEST_CASE("after a hold one mailbox at a time is tried, until one has a result of its own",
          "[managed]") {
    Bench bench;
    bench.hold.blamed(1, busy());
    bench.clock.advance(5min);
    CHECK(bench.hold.isTrying());
    bench.hold.goOn();
    CHECK_FALSE(bench.hold.isTrying());
    CHECK_THAT(bench.logged(), Catch::Contains("go on"));
}

TEST_CASE("a task that was under way when a hold began does not end it", "[managed]") {
    Bench bench;
    bench.hold.blamed(1, busy(1min));
    bench.hold.goOn();
    CHECK(bench.hold.isTrying());
    CHECK_THAT(bench.logged(), !Catch::Contains("go on"));
}

TEST_CASE("a mailbox that is gone accuses no more", "[managed]") {
    Bench bench;
    bench.hold.blamed(1, busy(20min));
    bench.hold.forget(1);
    bench.hold.blamed(2, busy(20min));
    CHECK(bench.hold.left() == 5min);
}

TEST_CASE("a mailbox that blames its instance while others succeed is not believed", "[managed]") {
    Bench bench;
    CHECK(bench.hold.blamed(1, busy(10s)));
    bench.clock.advance(10s);
    bench.hold.succeeded(2);
    CHECK_FALSE(bench.hold.blamed(1, busy(10s)));
    CHECK_FALSE(bench.hold.held());
    CHECK(bench.hold.blamed(2, busy(10s)));
    // Its own success clears a mailbox.
    bench.clock.advance(10s);
    bench.hold.succeeded(1);
    CHECK(bench.hold.blamed(1, busy(10s)));
}
