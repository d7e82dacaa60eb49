// SPDX-License-Identifier: Apache-2.0
#include "util/clock.h"

#include <catch2/catch.hpp>
#include <thread>

using namespace postbell::util;

TEST_CASE("a clock's time is always set, and the steady one never goes back", "[util]") {
    const SystemClock clock;
    SteadyTime last = clock.steady();
    CHECK(isSet(last));
    CHECK(isSet(clock.wall()));
    bool went_back = false;
    for (int i = 0; i < 10'000; ++i) {
        const SteadyTime now = clock.steady();
        went_back = went_back || now < last;
        last = now;
    }
    CHECK_FALSE(went_back);
}

TEST_CASE("a time long before the start is still one that is set", "[util]") {
    const SystemClock clock(600.0);
    CHECK(clock.steady() - std::chrono::hours(24 * 365) > SteadyTime());
    CHECK(clock.wall() - SystemClock().wall() < std::chrono::minutes(1));
}

TEST_CASE("delays by a fast clock are short in real time, and real time is long by it", "[util]") {
    const SystemClock clock(100.0);
    CHECK(clock.realTime(Milliseconds(1'000)) == Microseconds(10'000));
    CHECK(clock.ofReal(Milliseconds(10)) == Milliseconds(1'000));

    const SteadyTime begin = clock.steady();
    const WallTime wall = clock.wall();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(clock.steady() - begin >= Milliseconds(2'000));
    CHECK(clock.wall() - wall >= Milliseconds(1'999));
}
