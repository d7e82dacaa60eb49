// SPDX-License-Identifier: Apache-2.0
#include "engine/resend_list.h"

#include <catch2/catch.hpp>

#include <vector>

#include "support/eventually.h"
#include "support/fake_clock.h"

using namespace postbell;
using engine::Request;

namespace {

/// A list on a loop whose clock stands still; everything is on the loop's thread.
struct Bench {
    ~Bench() {
        loop.runAndWait([this] { list.stop(); });
    }
    void add(Request& request, unsigned times) {
        loop.runAndWait([&] {
            request.times_unprocessed = times;
            list.add(request);
        });
    }
    void advanceTo(util::SteadyTime time) {
        loop.runAndWait(
            [&] { clock.advance(std::chrono::ceil<util::Milliseconds>(time - clock.steady())); });
    }
    bool waits(const Request& request) {
        bool listed = false;
        loop.runAndWait([&] { listed = request.place.is_linked(); });
        return listed;
    }
    std::size_t dueCount() {
        std::size_t count = 0;
        loop.runAndWait([&] { count = due.size(); });
        return count;
    }

    testing::FakeClock clock;
    Request often, once;  // before the loop, whose thread uses them
    std::vector<Request*> due;
    engine::Loop loop{clock};
    engine::ResendList list{loop, [this](Request& request) { due.push_back(&request); }};
};

}  // namespace

TEST_CASE("a refused request is due when its own pause is over, and has left the list by then") {
    Bench bench;
    const util::SteadyTime begin = bench.clock.steady();
    bench.add(bench.often, 6);
    bench.add(bench.once, 1);
    CHECK(bench.once.retry_at - begin >= util::Milliseconds(50));
    CHECK(bench.once.retry_at - begin <= util::Milliseconds(100));
    CHECK(bench.often.retry_at - begin >= util::Milliseconds(1'600));

    bench.advanceTo(bench.once.retry_at);
    REQUIRE(testing::eventually([&] { return bench.dueCount() == 1; }));
    CHECK(bench.due[0] == &bench.once);
    CHECK_FALSE(bench.waits(bench.once));
    CHECK(bench.waits(bench.often));

    bench.advanceTo(bench.often.retry_at);
    REQUIRE(testing::eventually([&] { return bench.dueCount() == 2; }));
    CHECK(bench.due[1] == &bench.often);
}

TEST_CASE("a request that left the list meanwhile is never due") {
    Bench bench;
    bench.add(bench.often, 1);
    bench.add(bench.once, 1);
    bench.loop.runAndWait([&] { bench.often.place.unlink(); });

    bench.advanceTo(std::max(bench.often.retry_at, bench.once.retry_at));
    REQUIRE(testing::eventually([&] { return bench.dueCount() > 0; }));
    CHECK(bench.due == std::vector<Request*>{&bench.once});
}
