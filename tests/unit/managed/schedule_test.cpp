// SPDX-License-Identifier: Apache-2.0
#include "managed/schedule.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::managed;

namespace {

constexpr std::int64_t kNow = 1'000'000'000;
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;

store::ManagedMailbox subscribed() {
    store::ManagedMailbox m;
    m.registrations = m.live = 1;
    m.subscription = "id";
    m.expires_at = kNow + 24 * kHour;
    m.renew_at = kNow + 12 * kHour;
    return m;
}

}  // namespace

TEST_CASE("what is to be done follows from the row and the clock", "[managed]") {
    store::ManagedMailbox m = subscribed();
    CHECK(nextTask(m, kNow) == Next::Sleep);
    CHECK(sleepUntil(m, kNow) == m.renew_at);
    CHECK(nextTask(m, m.renew_at) == Next::Renew);
    CHECK(nextTask(m, m.expires_at) == Next::Subscribe);

    SECTION("the server asks for a new authorization") {
        m.renew_asked_at = kNow;
        CHECK(nextTask(m, kNow) == Next::Reauthorize);
    }
    SECTION("the server ended it") {
        m.ended_at = m.renew_asked_at = kNow;
        CHECK(nextTask(m, kNow) == Next::Subscribe);
    }
    SECTION("there is none") {
        m.subscription.clear();
        CHECK(nextTask(m, kNow) == Next::Subscribe);
    }
    SECTION("one that does not end is not renewed") {
        m.expires_at = 0;
        CHECK(nextTask(m, kNow + 1000 * kHour) == Next::Sleep);
    }
    SECTION("nobody is left who could be pushed to") {
        m.live = 0;
        CHECK(nextTask(m, kNow) == Next::Unsubscribe);
        m.subscription.clear();
        CHECK(nextTask(m, kNow) == Next::Sleep);
        m.registrations = 0;
        CHECK(nextTask(m, kNow) == Next::Forget);
    }
}

TEST_CASE("renewals come about half-way, spread by chance", "[managed][row:MANAGED-19]") {
    const std::int64_t expires = kNow + 100 * kHour;
    CHECK(renewAt(kNow, expires, 0) == kNow + 45 * kHour);
    CHECK(renewAt(kNow, expires, 1) == kNow + 60 * kHour);
    CHECK(renewAt(kNow, kNow - kHour, 0.5) == kNow);
}

TEST_CASE("pauses double up to an end, and refusals wait longer", "[managed][row:MANAGED-12]") {
    CHECK(retryAfter(1, false, 0) == 1'000);
    CHECK(retryAfter(1, false, 1) == 2'000);
    CHECK(retryAfter(4, false, 1) == 16'000);
    CHECK(retryAfter(50, false, 1) == 15 * kMinute);
    CHECK(retryAfter(0, false, 1) == 2'000);
    CHECK(retryAfter(1, true, 1) == 5 * kMinute);
    CHECK(retryAfter(50, true, 1) == 6 * kHour);
}
