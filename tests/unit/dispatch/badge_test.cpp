// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/badge.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace postbell;
using dispatch::badge;

namespace {

constexpr util::Milliseconds kDay = std::chrono::hours(24);
constexpr util::WallTime kNow = util::WallTime() + 1'000 * kDay;

store::BadgeShare share(store::Id id, std::int32_t count) {
    store::BadgeShare s;
    s.registration.id = id;
    s.registration.app = std::make_shared<const store::App>();
    s.registration.subscription.id_hash = "id";
    s.registration.subscription.reported_at = kNow - kDay;
    s.count = count;
    return s;
}

std::int32_t sum(const std::vector<store::BadgeShare>& shares, store::Id sent, std::int32_t count) {
    return badge(shares, sent, count, [](const store::Registration&) {
        return registry::LifeClock{kNow, {}, {}};
    });
}

}  // namespace

TEST_CASE("the badge is the sum over the device's registrations", "[row:BADGE-4]") {
    CHECK(sum({share(1, 99), share(2, 4)}, 1, 3) == 7);
}

TEST_CASE("one unknown count makes the badge unknown", "[row:BADGE-5]") {
    CHECK(sum({share(1, 3), share(2, store::kUnknownCount)}, 1, 3) == store::kUnknownCount);
    CHECK(sum({share(1, 3), share(2, 4)}, 1, store::kUnknownCount) == store::kUnknownCount);
}

TEST_CASE("registrations that wait or are disabled are left out", "[row:BADGE-6]") {
    auto waits = share(2, store::kUnknownCount);
    waits.registration.subscription.id_hash.clear();
    auto dead = share(3, 5);
    dead.registration.device_dead_at = kNow;
    CHECK(sum({share(1, 0), waits, dead}, 1, 3) == 3);
}

TEST_CASE("a stale registration is unknown for a day, then left out", "[row:BADGE-7]") {
    auto stale = share(2, 5);
    stale.registration.subscription.ended_at = kNow - kDay + util::Milliseconds(1);
    CHECK(sum({share(1, 0), stale}, 1, 3) == store::kUnknownCount);
    stale.registration.subscription.ended_at = kNow - kDay;
    CHECK(sum({share(1, 0), stale}, 1, 3) == 3);
}
