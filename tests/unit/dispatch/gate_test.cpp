// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/gate.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::dispatch;
using Kind = Admission::Kind;
using Failure = Gate::Failure;

namespace {

constexpr util::SteadyTime kNow{std::chrono::hours(1)};
constexpr std::chrono::seconds kSecond{1};
constexpr ProbeOf kNothing, kGate{.gate = true};

util::SteadyTime probeAt(const Gate& gate, util::SteadyTime now) {
    const Admission admission = gate.admit(now);
    REQUIRE(admission.kind == Kind::WaitUntil);
    return admission.until;
}

}  // namespace

TEST_CASE("without a connection one failure is enough, then probes go out ever more rarely") {
    Gate gate;
    CHECK(gate.admit(kNow).kind == Kind::Open);
    CHECK(gate.failed(kNow, Failure::Sure, kNothing, "refused"));
    CHECK(gate.failing());
    CHECK(gate.lastFailure() == "refused");
    util::SteadyTime probe = probeAt(gate, kNow);
    CHECK(probe >= kNow + 1 * kSecond);
    CHECK(probe <= kNow + 2 * kSecond);
    CHECK(gate.admit(probe).kind == Kind::Probe);

    for (int i = 0; i < 10; ++i) CHECK_FALSE(gate.failed(probe, Failure::Sure, kGate, "refused"));
    CHECK(probeAt(gate, probe) >= probe + 15 * kSecond);
    CHECK(probeAt(gate, probe) <= probe + 30 * kSecond);
}

TEST_CASE("one probe at a time") {
    Gate gate;
    gate.failed(kNow, Failure::Sure, kNothing, "refused");
    const util::SteadyTime probe = probeAt(gate, kNow);
    gate.probeBegun();
    CHECK(probeAt(gate, probe) == kUntilAnswered);
    gate.probeEnded();
    CHECK(gate.admit(probe).kind == Kind::Probe);
}

TEST_CASE("what was under way when the gate closed says nothing new") {
    Gate gate;
    gate.failed(kNow, Failure::Sure, kNothing, "refused");
    const util::SteadyTime probe = probeAt(gate, kNow);
    for (int i = 0; i < 100; ++i) CHECK_FALSE(gate.failed(kNow, Failure::Likely, kNothing, "lost"));
    CHECK(probeAt(gate, kNow) == probe);
}

TEST_CASE("a few failures among successes leave it open, most failing closes it") {
    Gate gate;
    for (int i = 0; i < 20; ++i) gate.succeeded();
    for (int i = 0; i < 20; ++i) gate.failed(kNow, Failure::Likely, kNothing, "lost");
    CHECK_FALSE(gate.failing());
    CHECK(gate.failed(kNow, Failure::Likely, kNothing, "lost"));
    CHECK(gate.failing());
}

TEST_CASE("a success opens it, once") {
    Gate gate;
    gate.failed(kNow, Failure::Sure, kNothing, "refused");
    CHECK(gate.succeeded());
    CHECK(gate.admit(kNow).kind == Kind::Open);
    CHECK(gate.lastFailure().empty());
    CHECK_FALSE(gate.succeeded());
}

TEST_CASE("Retry-After of an origin holds everything that goes there", "[row:RETRY-2]") {
    Gate gate;
    CHECK(gate.shutUntil(kNow + 60 * kSecond, "busy"));
    CHECK(probeAt(gate, kNow) == kNow + 60 * kSecond);
    CHECK_FALSE(gate.shutUntil(kNow + 30 * kSecond, "busy"));
    CHECK(probeAt(gate, kNow) == kNow + 60 * kSecond);
}
