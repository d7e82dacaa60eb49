// SPDX-License-Identifier: Apache-2.0
#include "dispatch/credential_guard.h"

#include <catch2/catch.hpp>

using namespace postbell::dispatch;

namespace {
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kNow = 1'000 * kHour;
}  // namespace

TEST_CASE("a foreign token is dead if another was good within the hour", "[row:GUARD-2]") {
    CredentialGuard guard;
    guard.good("another", kNow);
    CHECK(guard.foreign("this", "BadDeviceToken", kNow + kHour) == Verdict::DeviceDead);
    CHECK(guard.foreign("this", "BadDeviceToken", kNow + kHour + 1) == Verdict::Wait);
}

TEST_CASE("a device is no witness in its own case", "[row:GUARD-2]") {
    CredentialGuard guard;
    guard.good("this", kNow);
    CHECK(guard.foreign("this", "BadDeviceToken", kNow + 1) == Verdict::Wait);
    guard.good("another", kNow + 2);
    guard.good("this", kNow + 3);
    CHECK(guard.foreign("this", "BadDeviceToken", kNow + 4) == Verdict::DeviceDead);
}

TEST_CASE("the third different suspect pauses the credential, the same one does not",
          "[row:GUARD-2]") {
    CredentialGuard guard;
    CHECK(guard.foreign("a", "BadDeviceToken", kNow) == Verdict::Wait);
    CHECK(guard.foreign("a", "BadDeviceToken", kNow) == Verdict::Wait);
    CHECK(guard.foreign("b", "BadDeviceToken", kNow) == Verdict::Wait);
    CHECK_FALSE(guard.paused());
    CHECK(guard.foreign("c", "BadDeviceToken", kNow) == Verdict::Paused);
    CHECK(guard.paused());
    CHECK(guard.state().paused_reason == "BadDeviceToken");
}

TEST_CASE("a good answer leaves no suspects", "[row:GUARD-1]") {
    CredentialGuard guard;
    guard.foreign("a", "BadDeviceToken", kNow);
    guard.foreign("b", "BadDeviceToken", kNow);
    CHECK_FALSE(guard.good("d", kNow));
    CHECK(guard.state().suspects.empty());
}

TEST_CASE("a refused credential is paused at once and probed after a minute",
          "[row:GUARD-3][row:GUARD-4]") {
    CredentialGuard guard;
    CHECK(guard.refused("InvalidProviderToken", kNow));
    CHECK(guard.probeAt() == kNow + kMinute);
    CHECK(guard.good("a", kNow + kMinute));
    CHECK_FALSE(guard.paused());
}

TEST_CASE("a probe that is refused doubles the interval up to an hour, a retry keeps it",
          "[row:GUARD-5]") {
    CredentialGuard guard;
    guard.refused("Forbidden", kNow);
    CHECK_FALSE(guard.refused("Forbidden", kNow));
    CHECK(guard.probeAt() == kNow + 2 * kMinute);
    guard.probeUndecided(kNow);
    CHECK(guard.probeAt() == kNow + 2 * kMinute);
    guard.foreign("a", "BadDeviceToken", kNow);
    CHECK(guard.probeAt() == kNow + 4 * kMinute);
    for (int i = 0; i < 10; ++i) guard.refused("Forbidden", kNow);
    CHECK(guard.probeAt() == kNow + kHour);
}

TEST_CASE("a renewed credential has proven nothing yet, and is probed at once", "[row:GUARD-6]") {
    CredentialGuard guard;
    guard.good("another", kNow);
    guard.foreign("a", "BadDeviceToken", kNow + 2 * kHour);
    guard.renewed(kNow + 2 * kHour);
    CHECK(guard.state().suspects.empty());
    CHECK(guard.foreign("b", "BadDeviceToken", kNow + 2 * kHour) == Verdict::Wait);
    guard.refused("Forbidden", kNow);
    guard.renewed(kNow + 5);
    CHECK(guard.paused());
    CHECK(guard.probeAt() == kNow + 5);
}

TEST_CASE("what changes is to be stored, a good answer alone once a minute", "[row:GUARD-7]") {
    CredentialGuard guard;
    guard.good("a", kNow);
    CHECK(guard.takeChanged());
    guard.good("a", kNow + 1);
    CHECK_FALSE(guard.takeChanged());
    guard.good("a", kNow + kMinute);
    CHECK(guard.takeChanged());
    guard.foreign("b", "x", kNow + 2 * kHour);
    CHECK(guard.takeChanged());
    CredentialGuard restored(guard.state());
    CHECK(restored.state().suspects == guard.state().suspects);
}
