// SPDX-License-Identifier: Apache-2.0
#include "registry/nudge.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::registry;
using namespace std::chrono_literals;

namespace {

constexpr util::WallTime kStart = util::WallTime() + 24'000h;

/// Reported at the start, on an instance that lets thirty minutes of silence pass.
store::Registration reported() {
    store::Registration r;
    r.id = 7;
    r.app = std::make_shared<const store::App>();
    r.seen.device_at = kStart;
    r.subscription.instance = "ews";
    r.subscription.id_hash = "id";
    r.subscription.reported_at = kStart;
    return r;
}

LifeClock at(util::Milliseconds after_start) {
    return {kStart + after_start, kStart, 30min};
}

/// The app subscribes again, and the server ends the subscription at once.
void endAgain(store::Registration& r, util::WallTime now) {
    r.subscription.reported_at = r.subscription.ended_at = r.seen.device_at = now;
}

}  // namespace

TEST_CASE("an app is asked once when it must act, and once a day until it came by",
          "[row:STATE-11][row:STATE-12]") {
    store::Registration r = reported();
    CHECK_FALSE(needsNudge(r, at(29min)));
    CHECK(needsNudge(r, at(31min)));
    r.seen.nudged_at = kStart + 31min;
    r.seen.nudges = 1;
    CHECK_FALSE(needsNudge(r, at(24h)));
    CHECK(needsNudge(r, at(31min + 24h)));
    r.seen.device_at = kStart + 40min;
    CHECK_FALSE(needsNudge(r, at(31min + 24h)));
}

TEST_CASE("an app whose subscriptions end at once is asked ever more rarely", "[row:STATE-16]") {
    store::Registration r = reported();
    std::vector<util::Milliseconds> pauses;
    util::WallTime last;
    for (util::WallTime now = kStart; now < kStart + 7 * 24h; now += 1min) {
        endAgain(r, now);
        if (!needsNudge(r, {now, kStart, 30min})) continue;
        r.seen.nudges = nudgeOf(r, now).nudges;
        r.seen.nudged_at = now;
        if (util::isSet(last)) pauses.push_back(now - last);
        last = now;
    }
    REQUIRE(pauses.size() >= 8);
    CHECK(pauses.size() < 20);
    CHECK(pauses[0] <= kFirstNudgePause + 1min);
    CHECK(pauses[4] > 4 * kFirstNudgePause);
    CHECK(pauses.back() >= kMaxNudgePause / 2);
}

TEST_CASE("an app whose subscription lasted is asked at once when it ends", "[row:STATE-16]") {
    store::Registration r = reported();
    r.seen.nudged_at = kStart;
    r.seen.nudges = 3;
    endAgain(r, kStart + 3h);
    CHECK(needsNudge(r, at(3h)));
    CHECK(nudgeOf(r, kStart + 3h).nudges == 1);
}

TEST_CASE("times of a clock that was ahead neither hold a nudge up nor repeat it") {
    store::Registration r = reported();
    const util::WallTime ahead = kStart + 365 * 24h;
    r.subscription.ended_at = ahead;
    r.quiet_until = ahead;
    CHECK(needsNudge(r, at(1min)));
    r.seen.nudged_at = kStart + 1min;
    r.seen.nudges = 1;
    CHECK_FALSE(needsNudge(r, at(12h)));
    CHECK(needsNudge(r, at(25h)));
}

TEST_CASE("an app is not asked before the mail server wants a new subscription", "[row:STATE-17]") {
    store::Registration r = reported();
    endAgain(r, kStart);
    r.quiet_until = kStart + 5min;
    CHECK_FALSE(needsNudge(r, at(4min)));
    CHECK(needsNudge(r, at(5min)));
}
