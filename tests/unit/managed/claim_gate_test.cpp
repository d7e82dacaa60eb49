// SPDX-License-Identifier: Apache-2.0
#include "managed/claim_gate.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::managed;

namespace {

constexpr util::Milliseconds kPause = std::chrono::seconds(5);
const util::SteadyTime kNow{std::chrono::hours(1)};

}  // namespace

TEST_CASE("so many claims wait at once, of all instances together", "[managed]") {
    const auto room = std::make_shared<ClaimRoom>(ClaimRoom{2});
    ClaimGate one(room, kPause), other(room, kPause);
    CHECK(one.admit(kNow));
    CHECK(other.admit(kNow));
    CHECK_FALSE(one.admit(kNow));
    CHECK_FALSE(other.admit(kNow));
    other.ended(true, kNow);
    CHECK(one.admit(kNow));
}

TEST_CASE("after a claim without a verdict its instance pauses, and no other", "[managed]") {
    const auto room = std::make_shared<ClaimRoom>();
    ClaimGate one(room, kPause), other(room, kPause);
    REQUIRE(one.admit(kNow));
    one.ended(false, kNow);
    CHECK_FALSE(one.admit(kNow + kPause - util::Milliseconds(1)));
    CHECK(other.admit(kNow));
    CHECK(one.admit(kNow + kPause));
}
