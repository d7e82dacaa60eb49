// SPDX-License-Identifier: Apache-2.0
#include "backend/uptime.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace std::chrono_literals;
using backend::Uptime;

namespace {

constexpr util::WallTime kNow = util::fromMs(1'700'000'000'000);
constexpr util::Milliseconds kHeartbeat = 15min;

}  // namespace

TEST_CASE("an absence is an outage if mail servers try again for a shorter time",
          "[row:STATE-18]") {
    CHECK_FALSE(Uptime{}.outage(kHeartbeat, kNow));
    CHECK_FALSE(Uptime{kNow - 15min, {}}.outage(kHeartbeat, kNow));
    CHECK(Uptime{kNow - 16min, {}}.outage(kHeartbeat, kNow) == 16min);
    CHECK_FALSE(Uptime{kNow - 16min, {}}.outage(0ms, kNow));
    // It ends when the listener comes up.
    CHECK(Uptime{kNow - 1h, kNow - 40min}.outage(kHeartbeat, kNow) == 20min);
    CHECK_FALSE(Uptime{kNow - 50min, kNow - 40min}.outage(kHeartbeat, kNow));
}

TEST_CASE("a life is measured by the instance's heartbeat, from when the listener came up") {
    const registry::LifeClock clock = Uptime{kNow - 1h, kNow - 40min}.lifeClock(kHeartbeat, kNow);
    CHECK(clock.now == kNow);
    CHECK(clock.up_since == kNow - 40min);
    CHECK(clock.resubscribe_after == 30min);
    CHECK(clock.lost_subscriptions);
    CHECK_FALSE(Uptime{kNow - 1h, {}}.lifeClock(kHeartbeat, kNow).lost_subscriptions);
}

TEST_CASE("silence is since a mail server was heard, or since the listener came up") {
    const Uptime uptime{{}, kNow - 1h};
    CHECK(uptime.silence({}, kNow) == 1h);
    CHECK(uptime.silence(kNow - 1min, kNow) == 1min);
    CHECK(uptime.silence(kNow + 1s, kNow) == 0ms);
    CHECK(uptime.silence(kNow + 1h, kNow) == 1h);
}
