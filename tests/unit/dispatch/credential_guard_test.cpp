// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/credential_guard.h"

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

TEST_CASE("a device is no witness in its own case", "[row:RULE-3]") {
    CredentialGuard guard;
    const util::SteadyTime before = kNow.steady - kMinute;
    guard.good(1, kNow);
    CHECK_FALSE(guard.otherGoodSince(1, before));
    guard.good(9, kNow);
    guard.good(1, kNow);
    CHECK(guard.otherGoodSince(1, before));
}

TEST_CASE("only another device that was good afterwards speaks against a suspect", "[row:RULE-3]") {
    CredentialGuard guard;
    const util::SteadyTime word = kNow.steady;
    CHECK_FALSE(guard.otherGoodSince(1, word));
    guard.good(9, kNow);
    CHECK_FALSE(guard.otherGoodSince(1, word));
    guard.good(1, after(kMinute));
    CHECK_FALSE(guard.otherGoodSince(1, word));
    guard.good(9, after(2 * kMinute));
    CHECK(guard.otherGoodSince(1, word));
}

TEST_CASE("different suspects are counted, the same one only once", "[row:RULE-3]") {
    CredentialGuard guard;
    CHECK(guard.suspectsWith(1) == 1);
    guard.suspect(1);
    guard.suspect(1);
    CHECK(guard.suspectsWith(1) == 1);
    CHECK(guard.suspectsWith(2) == 2);
    guard.suspect(2);
    CHECK(guard.suspectsWith(3) == 3);
    CHECK_FALSE(guard.paused());
}

TEST_CASE("a good answer leaves no suspects", "[row:RULE-1]") {
    CredentialGuard guard;
    guard.suspect(1);
    guard.suspect(2);
    CHECK_FALSE(guard.good(4, kNow));
    CHECK(guard.state().suspects.empty());
}

TEST_CASE("a paused credential is probed after a minute, and a good answer opens it",
          "[row:RULE-4][row:RULE-5]") {
    CredentialGuard guard;
    CHECK(guard.admit(kNow).kind == Kind::Open);
    guard.pause("InvalidProviderToken", kNow);
    CHECK(guard.pausedReason() == "InvalidProviderToken");
    CHECK(probeIn(guard) == kMinute);
    CHECK(guard.admit(after(kMinute)).kind == Kind::Probe);
    guard.probeBegun();
    CHECK(guard.admit(after(kMinute)).until == kUntilAnswered);
    guard.probeEnded();
    CHECK(guard.good(1, after(kMinute)));
    CHECK_FALSE(guard.paused());
    CHECK(guard.admit(after(kMinute)).kind == Kind::Open);
}

TEST_CASE("a probe that is refused doubles the interval up to an hour, a retry keeps it",
          "[row:RULE-6]") {
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
          "[row:RULE-7]") {
    CredentialGuard before;
    before.good(9, kNow);
    before.suspect(1);
    before.pause("Forbidden", kNow);
    before.probeRefused("Forbidden", kNow);

    SECTION("with a new upload") {
        CredentialGuard guard(before.state().renewed(kNow.wall), kNow.wall, kNow);
        CHECK(guard.paused());
        CHECK(guard.admit(kNow).kind == Kind::Probe);
        CHECK(guard.state().suspects.empty());
        CHECK_FALSE(guard.otherGoodSince(2, kNow.steady - kMinute));
        guard.probeRefused("Forbidden", kNow);
        const CredentialGuard restarted(guard.state(), kNow.wall, kNow);
        CHECK(probeIn(restarted) == 2 * kMinute);
    }
    SECTION("with a new upload right before a restart, also if the wall clock is set back") {
        const auto set = GENERATE(-24 * kHour, -kMinute, util::Milliseconds(0), kMinute);
        const Now restart{kNow.wall + set, kNow.steady};
        CredentialGuard guard(before.state().renewed(kNow.wall), kNow.wall, restart);
        CHECK(guard.admit(restart).kind == Kind::Probe);
        guard.probeUndecided(restart);
        CHECK(guard.admit(restart).until == kNow.steady + kMinute);
    }
    SECTION("a restart alone changes nothing") {
        const CredentialGuard guard(before.state(), kNow.wall - kHour, kNow);
        CHECK(probeIn(guard) == 2 * kMinute);
        CHECK(guard.state().suspects.size() == 1);
    }
}

TEST_CASE("a word of before the upload does not count, nor does none", "[row:RULE-7]") {
    const CredentialGuard guard({}, kNow.wall, kNow);
    CHECK(guard.counts(kNow.wall));
    CHECK_FALSE(guard.counts(kNow.wall - util::Milliseconds(1)));
    CHECK_FALSE(CredentialGuard().counts({}));
}

TEST_CASE("words count for an upload of a clock that was ahead as well", "[row:RULE-7]") {
    const CredentialGuard guard({}, kNow.wall + 24 * kHour, kNow);
    CHECK(guard.counts(kNow.wall));
    CHECK_FALSE(guard.counts(kNow.wall - util::Milliseconds(1)));
}

TEST_CASE("a wall clock that is set while a credential is paused moves no probe", "[row:RULE-5]") {
    const auto set = GENERATE(-24 * kHour, -kMinute, kMinute, 24 * kHour);
    CredentialGuard guard;
    guard.pause("Forbidden", kNow);
    const auto at = [&](util::Milliseconds passed) {
        return Now{kNow.wall + set + passed, kNow.steady + passed};
    };
    CHECK(guard.admit(at(kMinute - util::Milliseconds(1))).kind == Kind::WaitUntil);
    CHECK(guard.admit(at(kMinute)).kind == Kind::Probe);
}

TEST_CASE("a stored probe time is no further away than its interval", "[row:RULE-5]") {
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
    const CredentialGuard guard(before.state(), kNow.wall - kHour, {kNow.wall + set, kNow.steady});
    CHECK(probeIn(guard) == expected);
}

TEST_CASE("three strangers make a credential doubtful that nobody was good by", "[row:RULE-8]") {
    CredentialGuard guard;
    CHECK_FALSE(guard.stranger(1));
    CHECK_FALSE(guard.stranger(1));
    CHECK_FALSE(guard.stranger(2));
    CHECK_FALSE(guard.state().isDoubtful());
    CHECK(guard.stranger(3));  // told once
    CHECK_FALSE(guard.stranger(4));
    CHECK(guard.state().isDoubtful());
    CHECK(guard.takeChanged());

    SECTION("until one is") {
        guard.good(5, kNow);
        CHECK_FALSE(guard.state().isDoubtful());
        for (const store::Id device : {1, 2, 3}) CHECK_FALSE(guard.stranger(device));
    }
    SECTION("over a restart as well") {
        const CredentialGuard restored(guard.state(), kNow.wall - kHour, kNow);
        CHECK(restored.state().isDoubtful());
    }
    SECTION("and does not pause it") {
        CHECK(guard.admit(kNow).kind == Kind::Open);
    }
}

TEST_CASE("pushes wait for a credential that was asked to slow down") {
    CredentialGuard guard;
    guard.slowDownUntil(kNow.steady + kMinute, "429");
    CHECK(guard.slowed(kNow.steady));
    CHECK(probeIn(guard) == kMinute);
    guard.slowDownUntil(kNow.steady + kMinute / 2, "429");
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

TEST_CASE("what changes is to be stored, a good answer alone once a minute", "[row:GUARD-1]") {
    CredentialGuard guard;
    guard.good(1, kNow);
    CHECK(guard.takeChanged());
    guard.good(1, after(util::Milliseconds(1)));
    CHECK_FALSE(guard.takeChanged());
    guard.good(1, after(kMinute));
    CHECK(guard.takeChanged());
    guard.suspect(2);
    CHECK(guard.takeChanged());
    const CredentialGuard restored(guard.state(), kNow.wall - kHour, kNow);
    CHECK(restored.state().suspects == guard.state().suspects);
}
