// SPDX-License-Identifier: Apache-2.0
#include "engine/request_deadlines.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <stdexcept>
#include <vector>

#include "support/eventually.h"

using namespace postbell;
using engine::Request;

namespace {

constexpr util::Milliseconds kTimeout{160};

/// On a loop at the machine's speed; everything is on the loop's thread.
struct Bench {
    ~Bench() {
        loop.runAndWait([this] { deadlines.stop(); });
    }
    void add(Request& request) {
        loop.runAndWait([&] { deadlines.add(request); });
    }
    std::vector<Request*> expired() {
        std::vector<Request*> copy;
        loop.runAndWait([&] { copy = expired_; });
        return copy;
    }

    util::SystemClock clock;
    Request first, second;  // before the loop, whose thread uses them
    bool fails = false;
    std::vector<Request*> expired_;
    engine::Loop loop{clock};
    engine::RequestDeadlines deadlines{loop, kTimeout, [this](Request& request) {
                                           request.deadline.unlink();
                                           expired_.push_back(&request);
                                           if (std::exchange(fails, false))
                                               throw std::runtime_error("it failed");
                                       }};
};

}  // namespace

TEST_CASE("a request expires when its time is over, and not before") {
    Bench bench;
    const auto begin = std::chrono::steady_clock::now();
    bench.add(bench.first);
    REQUIRE(testing::eventually([&] { return bench.expired().size() == 1; }));
    CHECK(std::chrono::steady_clock::now() - begin >= kTimeout);
}

TEST_CASE("a request that was answered does not expire") {
    Bench bench;
    bench.add(bench.first);
    bench.add(bench.second);
    bench.loop.runAndWait([&] { bench.first.deadline.unlink(); });
    REQUIRE(testing::eventually([&] { return !bench.expired().empty(); }));
    CHECK(bench.expired() == std::vector<Request*>{&bench.second});
}

TEST_CASE("a request whose expiry fails does not keep the others from theirs") {
    Bench bench;
    bench.fails = true;
    bench.add(bench.first);
    bench.add(bench.second);
    CHECK(testing::eventually([&] { return bench.expired().size() == 2; }));
}
