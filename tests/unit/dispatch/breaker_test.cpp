// SPDX-License-Identifier: Apache-2.0
#include "dispatch/breaker.h"

#include <catch2/catch.hpp>

#include "dispatch/backoff.h"

using namespace postbell::dispatch;

TEST_CASE("a network's own word for the first pause is never undercut, and doubles") {
    Backoff backoff(1'000, 900'000, 7);
    for (int i = 0; i < 100; ++i) {
        const auto first = backoff.delayMs(1, 10'000);
        CHECK(first >= 10'000);
        CHECK(first <= 20'000);
        CHECK(backoff.delayMs(2, 10'000) >= 20'000);
        CHECK(backoff.delayMs(30, 10'000) <= 900'000);
        CHECK(backoff.delayMs(1, 1'000'000) >= 1'000'000);
        CHECK(backoff.delayMs(1) <= 1'000);
    }
}

TEST_CASE("without a connection one failure is enough, then probes go out ever more rarely") {
    Breaker breaker;
    breaker.failed(0, true, false);
    CHECK(breaker.open());
    CHECK(breaker.nextProbeMs() == 1'000);
    breaker.failed(1'000, true, true);
    CHECK(breaker.nextProbeMs() == 3'000);
    for (int i = 0; i < 10; ++i) breaker.failed(3'000, true, true);
    CHECK(breaker.nextProbeMs() == 33'000);
}

TEST_CASE("what was under way when the breaker opened says nothing new") {
    Breaker breaker;
    breaker.failed(0, true, false);
    for (int i = 0; i < 100; ++i) breaker.failed(10, false, false);
    CHECK(breaker.nextProbeMs() == 1'000);
}

TEST_CASE("a few failures among successes leave it closed, most failing opens it") {
    Breaker breaker;
    for (int i = 0; i < 20; ++i) breaker.succeeded();
    for (int i = 0; i < 20; ++i) breaker.failed(0, false, false);
    CHECK_FALSE(breaker.open());
    breaker.failed(0, false, false);
    CHECK(breaker.open());
}

TEST_CASE("a success closes it, once") {
    Breaker breaker;
    breaker.failed(0, true, false);
    CHECK(breaker.succeeded());
    CHECK_FALSE(breaker.open());
    CHECK_FALSE(breaker.succeeded());
}

TEST_CASE("Retry-After of an origin holds everybody", "[row:RETRY-2]") {
    Breaker breaker;
    breaker.holdUntil(60'000);
    CHECK(breaker.open());
    CHECK(breaker.nextProbeMs() == 60'000);
}

TEST_CASE("back-off doubles with jitter to its limit") {
    Backoff backoff(1'000, 900'000, 7);
    for (std::uint32_t failures = 1; failures < 64; ++failures) {
        const std::int64_t whole =
            failures > 10 ? 900'000 : std::min(900'000L, 1'000L << (failures - 1));
        const std::int64_t delay = backoff.delayMs(failures);
        CHECK(delay >= whole / 2);
        CHECK(delay <= whole);
    }
}
