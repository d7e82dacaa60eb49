// SPDX-License-Identifier: Apache-2.0
#include "dispatch/verdict/consequences.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/judge_bench.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Fixture : testing::JudgeBench {
    void carryOut(const Verdict& verdict, store::Id id = 1, const provider::Outcome& outcome = {}) {
        consequences.carryOut(verdict, channel, device(id), flight(id), outcome, now());
    }
    /// How long the credential lets pushes wait.
    util::SteadyTime::duration slowed() const {
        return channel.guard().admit(now()).until - clock.steady();
    }
};

}  // namespace

TEST_CASE("a dropped registration is settled in all its parts", "[consequences]") {
    Fixture f;
    store::Pending row = f.mail(1, 4);
    row.check_generation = 4;
    Waiting waiting(row);
    f.consequences.drop(waiting, PushMetrics::Drop::AppOff);
    CHECK_FALSE(waiting.pending());
    CHECK(f.settledAs<store::Dropped>() == 1);
    CHECK(f.settledAs<store::CheckSettled>() == 1);
}

TEST_CASE(
    "each failure of a device in a row doubles its pause, and a pause that was asked for holds",
    "[consequences]") {
    Fixture f;
    Device& device = f.queue.at(1);
    const auto pause = [&](Pause asked) {
        f.consequences.wait(device, asked);
        return device.notBefore() - f.clock.steady();
    };
    CHECK(pause({}) <= std::chrono::seconds(1));
    pause({});
    CHECK(pause({}) >= std::chrono::seconds(2));
    CHECK(pause({std::chrono::minutes(7), {}}) == std::chrono::minutes(7));
}

TEST_CASE("behind pauses that were asked for the back-off begins at its first step",
          "[consequences]") {
    using std::chrono::seconds;
    Fixture f;
    const Pause asked{std::chrono::minutes(1), {}}, unasked{{}, seconds(3)};
    SECTION("of a device") {
        Device& device = f.queue.at(1);
        const auto pause = [&](Pause given) {
            f.consequences.wait(device, given);
            return device.notBefore() - f.clock.steady();
        };
        for (int i = 0; i < 5; ++i) pause(asked);
        CHECK(pause(unasked) <= seconds(6));
        CHECK(pause(unasked) >= seconds(6));
    }
    SECTION("of a credential") {
        const auto slowDown = [&](Pause given) {
            f.clock.advance(std::chrono::hours(1));
            f.carryOut({.credential = Verdict::Credential::SlowDown, .credential_pause = given});
            return f.slowed();
        };
        for (int i = 0; i < 5; ++i) slowDown(asked);
        CHECK(slowDown(unasked) <= seconds(6));
        CHECK(slowDown(unasked) >= seconds(6));
    }
}

TEST_CASE("a credential that is slowed down says so until a push is taken", "[consequences]") {
    Fixture f;
    provider::Outcome busy;
    busy.reason = "too often";
    const Verdict slow_down{.credential = Verdict::Credential::SlowDown,
                            .credential_pause = {std::chrono::minutes(1), {}}};
    for (store::Id id = 1; id <= 3; ++id) f.carryOut(slow_down, id, busy);
    CHECK(f.guard.state().slowed_down == "too often");
    CHECK(f.guard.takeChanged());
    CHECK(f.logLines("to slow down") == 1);
    f.carryOut({.authorization = Verdict::Authorization::Works});
    CHECK(f.guard.state().slowed_down.empty());
    CHECK(f.guard.takeChanged());
}

TEST_CASE("each slow-down of a credential in a row doubles its pause, another word ends the row",
          "[consequences]") {
    Fixture f;
    const Verdict slow_down{.credential = Verdict::Credential::SlowDown};
    for (int i = 0; i < 4; ++i) f.carryOut(slow_down);
    CHECK(f.slowed() >= std::chrono::seconds(4));
    f.clock.advance(std::chrono::minutes(1));
    provider::Outcome delivered;
    delivered.result = provider::Outcome::Result::Delivered;
    f.carryOut({}, 1, delivered);
    f.carryOut(slow_down);
    CHECK(f.slowed() <= std::chrono::seconds(1));
}

TEST_CASE("an origin that names a time is shut until then, and its devices are due when it works",
          "[consequences]") {
    Fixture f;
    f.carryOut({.device = Verdict::Device::Wait,
                .origin = Verdict::Origin::Shut,
                .device_pause = {std::chrono::minutes(9), {}},
                .origin_pause = std::chrono::minutes(9),
                .origins_doing = true});
    CHECK(f.destination.gate.admit(f.clock.steady()).until ==
          f.clock.steady() + std::chrono::minutes(9));
    CHECK(f.notBefore(1) == f.clock.steady() + std::chrono::minutes(9));
    f.carryOut({.origin = Verdict::Origin::Works}, 2);
    CHECK(f.notBefore(1) == kAtOnce);
}

TEST_CASE("a device whose death the store cannot check waits a minute", "[consequences]") {
    Fixture f;
    const Flight flight = f.flight(1);
    f.setStore(testing::Trouble::Away);
    f.consequences.carryOut({.device = Verdict::Device::Dead}, f.channel, f.device(1), flight, {},
                            f.now());
    CHECK(f.settledAs<store::DeviceDead>() == 0);
    CHECK(f.notBefore(1) == f.clock.steady() + std::chrono::minutes(1));
}

TEST_CASE("a new authorization takes the place of the one in use, or of one that is dropped",
          "[consequences]") {
    Fixture f;
    SECTION("dropped, and then again") {
        f.carryOut({.authorization = Verdict::Authorization::Drop});
        CHECK(f.behaviour.dropped_authorizations == 1);
        CHECK(f.guard.reauthorizing());
        f.carryOut({.authorization = Verdict::Authorization::Works});
        CHECK_FALSE(f.guard.reauthorizing());
    }
    SECTION("in use until there is another") {
        f.carryOut({.credential = Verdict::Credential::Pause,
                    .authorization = Verdict::Authorization::RenewEarly});
        CHECK(f.behaviour.renewed_authorizations == 1);
        CHECK(f.guard.paused());
    }
}
