// SPDX-License-Identifier: Apache-2.0
#include "dispatch/credential_guard.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::dispatch;
using Kind = Admission::Kind;

namespace {

constexpr util::Milliseconds kMinute = std::chrono::minutes(1);
constexpr util::Milliseconds kHour = std::chrono::hours(1);
constexpr Now kNow{util::WallTime(1'000 * kHour), util::SteadyTime(kHour)};

Now after(util::Milliseconds passed) {
    return {kNow.wall + passed, kNow.steady + passed};
}

/// How long the guard lets pushes wait from now on; it must be paused.
util::Milliseconds probeIn(const CredentialGuard& guard) {
    const Admission admission = guard.admit(kNow);
    REQUIRE(admission.kind == Kind::WaitUntil);
    return std::chrono::duration_cast<util::Milliseconds>(admission.until - kNow.steady);
}

}  // namespace

TEST_CASE("a device is no witness in its own case", "[row:GUARD-2]") {
    CredentialGuard guard;
    const util::SteadyTime before = kNow.steady - kMinute;
    guard.good("this", kNow);
    CHECK_FALSE(guard.otherGoodSince("this", before));
    guard.good("another", kNow);
    guard.good("this", kNow);
    CHECK(guard.otherGoodSince("this", before));
}

TEST_CASE("only another device that was good afterwards speaks against a suspect",
          "[row:GUARD-2]") {
    CredentialGuard guard;
    const util::SteadyTime word = kNow.steady;
    CHECK_FALSE(guard.otherGoodSince("this", word));
    guard.good("another", kNow);
    CHECK_FALSE(guard.otherGoodSince("this", word));
    guard.good("this", after(kMinute));
    CHECK_FALSE(guard.otherGoodSince("this", word));
    guard.good("another", after(2 * kMinute));
    CHECK(guard.otherGoodSince("this", word));
}

TEST_CASE("different suspects are counted, the same one only once", "[row:GUARD-2]") {
    CredentialGuard guard;
    CHECK(guard.suspectsWith("a") == 1);
    guard.suspect("a");
    guard.suspect("a");
    CHECK(guard.suspectsWith("a") == 1);
    CHECK(guard.suspectsWith("b") == 2);
    guard.suspect("b");
    CHECK(guard.suspectsWith("c") == 3);
    CHECK_FALSE(guard.paused());
}

TEST_CASE("a good answer leaves no suspects", "[row:GUARD-1]") {
    CredentialGuard guard;
    guard.suspect("a");
    guard.suspect("b");
    CHECK_FALSE(guard.good("d", kNow));
    CHECK(guard.state().suspects.empty());
}

TEST_CASE("a paused credential is probed after a minute, and a good answer opens it",
          "[row:GUARD-3][row:GUARD-4]") {
    CredentialGuard guard;
    CHECK(guard.admit(kNow).kind == Kind::Open);
    guard.pause("InvalidProviderToken", kNow);
    CHECK(guard.pausedReason() == "InvalidProviderToken");
    CHECK(probeIn(guard) == kMinute);
    CHECK(guard.admit(after(kMinute)).kind == Kind::Probe);
    guard.probing(true);
    CHECK(guard.admit(after(kMinute)).until == kUntilAnswered);
    guard.probing(false);
    CHECK(guard.good("a", after(kMinute)));
    CHECK_FALSE(guard.paused());
    CHECK(guard.admit(after(kMinute)).kind == Kind::Open);
}

TEST_CASE("a probe that is refused doubles the interval up to an hour, a retry keeps it",
          "[row:GUARD-5]") {
    CredentialGuard guard;
    guard.pause("Forbidden", kNow);
    guard.probeRefused("Forbidden", kNow);
    CHECK(probeIn(guard) == 2 * kMinute);
    guard.probeUndecided(kNow);
    CHECK(probeIn(guard) == 2 * kMinute);
    guard.probeRefused("BadDeviceToken", kNow);
    CHECK(probeIn(guard) == 4 * kMinute);
    CHECK(guard.pausedReason() == "BadDeviceToken");
    for (int i = 0; i < 10; ++i) guard.probeRefused("Forbidden", kNow);
    CHECK(probeIn(guard) == kHour);
}

TEST_CASE("a paused credential that is renewed is probed at once, without suspects",
          "[row:GUARD-6]") {
    CredentialGuard before;
    before.good("another", kNow);
    before.suspect("a");
    before.pause("Forbidden", kNow);
    before.probeRefused("Forbidden", kNow);

    SECTION("while the gateway runs") {
        const CredentialGuard guard(before.state(), kNow.wall, true, kNow);
        CHECK(guard.paused());
        CHECK(guard.admit(kNow).kind == Kind::Probe);
        CHECK(guard.state().suspects.empty());
        CHECK_FALSE(guard.otherGoodSince("b", kNow.steady - kMinute));
    }
    SECTION("while it was away") {
        const CredentialGuard guard(before.state(), kNow.wall + kMinute, false, after(kMinute));
        CHECK(guard.admit(after(kMinute)).kind == Kind::Probe);
    }
    SECTION("a restart alone changes nothing") {
        const CredentialGuard guard(before.state(), kNow.wall - kHour, false, kNow);
        CHECK(probeIn(guard) == 2 * kMinute);
        CHECK(guard.state().suspects.size() == 1);
    }
}

TEST_CASE("a word of before the upload does not count, nor does none", "[row:GUARD-6]") {
    const CredentialGuard guard({}, kNow.wall, false, kNow);
    CHECK(guard.counts(kNow.wall));
    CHECK_FALSE(guard.counts(kNow.wall - util::Milliseconds(1)));
    CHECK_FALSE(CredentialGuard().counts({}));
}

TEST_CASE("a wall clock that is set while a credential is paused moves no probe", "[row:GUARD-4]") {
    const auto set = GENERATE(-24 * kHour, -kMinute, kMinute, 24 * kHour);
    CredentialGuard guard;
    guard.pause("Forbidden", kNow);
    const auto at = [&](util::Milliseconds passed) {
        return Now{kNow.wall + set + passed, kNow.steady + passed};
    };
    CHECK(guard.admit(at(kMinute - util::Milliseconds(1))).kind == Kind::WaitUntil);
    CHECK(guard.admit(at(kMinute)).kind == Kind::Probe);
}

TEST_CASE("a stored probe time is no further away than its interval", "[row:GUARD-4]") {
    struct Row {
        util::Milliseconds set, expected;
    };
    const auto [set, expected] = GENERATE(values<Row>({{-24 * kHour, 2 * kMinute},
                                                       {-kMinute, 2 * kMinute},
                                                       {{}, 2 * kMinute},
                                                       {kMinute, kMinute}}));
    CredentialGuard before;
    before.pause("Forbidden", kNow);
    before.probeRefused("Forbidden", kNow);
    const CredentialGuard guard(before.state(), kNow.wall - kHour, false,
                                {kNow.wall + set, kNow.steady});
    CHECK(probeIn(guard) == expected);
}

TEST_CASE("three strangers make a credential doubtful that nobody was good by", "[row:GUARD-9]") {
    CredentialGuard guard;
    CHECK_FALSE(guard.stranger("a"));
    CHECK_FALSE(guard.stranger("a"));
    CHECK_FALSE(guard.stranger("b"));
    CHECK_FALSE(guard.state().isDoubtful());
    CHECK(guard.stranger("c"));  // told once
    CHECK_FALSE(guard.stranger("d"));
    CHECK(guard.state().isDoubtful());
    CHECK(guard.takeChanged());

    SECTION("until one is") {
        guard.good("e", kNow);
        CHECK_FALSE(guard.state().isDoubtful());
        for (const char* device : {"a", "b", "c"}) CHECK_FALSE(guard.stranger(device));
    }
    SECTION("over a restart as well") {
        const CredentialGuard restored(guard.state(), kNow.wall - kHour, false, kNow);
        CHECK(restored.state().isDoubtful());
    }
    SECTION("and does not pause it") {
        CHECK(guard.admit(kNow).kind == Kind::Open);
    }
}

TEST_CASE("a credential that was asked to slow down is held") {
    CredentialGuard guard;
    guard.holdUntil(kNow.steady + kMinute);
    CHECK(guard.held(kNow.steady));
    CHECK(probeIn(guard) == kMinute);
    guard.holdUntil(kNow.steady + kMinute / 2);
    CHECK(probeIn(guard) == kMinute);
    CHECK(guard.admit(after(kMinute)).kind == Kind::Open);
}

TEST_CASE("an authorization that is dropped gets the next number, and is under suspicion once") {
    CredentialGuard guard;
    const std::uint64_t first = guard.authorizationInUse(1);
    guard.authorizationDropped("expired");
    CHECK(guard.authorizationInUse(1) != first);
    CHECK(guard.authorizationInUse(2) != guard.authorizationInUse(1));
    CHECK(guard.reauthorizing());
    CHECK(guard.state().authorization_refused == "expired");
    CHECK(guard.takeChanged());
    guard.forgetAuthorizationRefusal();
    CHECK_FALSE(guard.reauthorizing());
    CHECK(guard.state().authorization_refused.empty());
    CHECK(guard.takeChanged());
    guard.forgetAuthorizationRefusal();
    CHECK_FALSE(guard.takeChanged());
}

TEST_CASE("what changes is to be stored, a good answer alone once a minute", "[row:GUARD-7]") {
    CredentialGuard guard;
    guard.good("a", kNow);
    CHECK(guard.takeChanged());
    guard.good("a", after(util::Milliseconds(1)));
    CHECK_FALSE(guard.takeChanged());
    guard.good("a", after(kMinute));
    CHECK(guard.takeChanged());
    guard.suspect("b");
    CHECK(guard.takeChanged());
    const CredentialGuard restored(guard.state(), kNow.wall - kHour, false, kNow);
    CHECK(restored.state().suspects == guard.state().suspects);
}
