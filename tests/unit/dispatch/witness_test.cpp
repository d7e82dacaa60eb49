// SPDX-License-Identifier: Apache-2.0
// Who is a witness, and what follows from foreign words over time.
#include <catch2/catch.hpp>

#include "unit/dispatch/judge_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using Fixture = testing::JudgeBench;

TEST_CASE("a passing trouble at the push network kills no witness", "[judge][row:RULE-3]") {
    Fixture f;
    for (store::Id id = 1; id <= 5; ++id) f.answered(id, 200);
    f.clock.advance(std::chrono::seconds(10));
    for (store::Id id = 1; id <= 3; ++id) f.answered(id, 400);
    CHECK(f.settledAs<store::DeviceDead>() == 0);
    CHECK(f.guard.paused());
    f.answered(4, 400);
    CHECK(f.settledAs<store::DeviceDead>() == 0);
}

TEST_CASE("a witness is dead when it is foreign again after another was delivered to",
          "[judge][row:RULE-3]") {
    Fixture f;
    f.proven(1);
    f.answered(2, 200);
    f.clock.advance(std::chrono::seconds(10));
    f.answered(1, 400);
    f.clock.advance(std::chrono::minutes(1));
    SECTION("another device") {
        f.answered(2, 200);
        f.clock.advance(std::chrono::minutes(1));
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 1);
        CHECK(f.journal.deaths() == 1);
    }
    SECTION("none in between") {
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
    }
    SECTION("the device itself") {
        f.answered(1, 200);
        f.answered(2, 200);
        f.clock.advance(std::chrono::minutes(1));
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
    }
}

TEST_CASE("a token that was never delivered to is dead at the third word", "[judge][row:RULE-2]") {
    Fixture f;
    f.answered(2, 200);
    for (int word = 0; word < 2; ++word) {
        f.clock.advance(std::chrono::hours(1));
        f.answered(1, 400);
    }
    CHECK(f.notBefore(1) == f.clock.steady() + std::chrono::minutes(20));
    CHECK(f.settledAs<store::FirstForeign>() >= 1);
    f.clock.advance(std::chrono::hours(1));
    SECTION("another was delivered to in between") {
        f.answered(2, 200);
        f.clock.advance(std::chrono::seconds(1));
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 1);
    }
    SECTION("none was") {
        f.answered(1, 400);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
    }
}

TEST_CASE("made-up tokens neither pause a credential nor speak for it", "[judge][row:RULE-2]") {
    Fixture f;
    for (store::Id id = 1; id <= 10; ++id) f.answered(id, 400);
    CHECK_FALSE(f.guard.paused());
    CHECK(f.guard.state().suspects.empty());
    f.guard.pause("403", f.now());
    f.answered(11, 410);
    CHECK(f.guard.paused());
}

TEST_CASE("that nobody was delivered to yet is an alarm at the third foreign token",
          "[judge][row:RULE-8]") {
    Fixture f;
    for (store::Id id = 1; id <= 2; ++id) f.answered(id, 400);
    const std::size_t before = f.logLines(store::kDoubtfulCredential);
    for (store::Id id = 3; id <= 5; ++id) f.answered(id, 400);
    CHECK(f.guard.state().isDoubtful());
    CHECK(f.logLines(store::kDoubtfulCredential) == before + 1);
    f.answered(6, 200);
    CHECK_FALSE(f.guard.state().isDoubtful());
}

TEST_CASE("a word of before the upload in use is not counted", "[judge][row:RULE-7]") {
    Fixture f;
    f.guard = CredentialGuard({}, f.clock.wall(), f.now());
    f.device(1);
    f.events.targets[1].first_foreign_at = f.clock.wall() - std::chrono::hours(200);
    f.answered(1, 400);
    CHECK(f.settledAs<store::FirstForeign>() == 1);
}

TEST_CASE("that a device was delivered to is stored once a day", "[judge]") {
    Fixture f;
    f.answered(1, 200);
    CHECK(f.events.proofs.size() == 1);
    f.events.targets[1].registration.device_proven_at = f.clock.wall();
    f.clock.advance(std::chrono::hours(23));
    f.answered(1, 200);
    CHECK(f.events.proofs.size() == 1);
    f.clock.advance(std::chrono::hours(1));
    f.answered(1, 200);
    CHECK(f.events.proofs.size() == 2);
}
