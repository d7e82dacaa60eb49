// SPDX-License-Identifier: Apache-2.0
// A lane whose store is away, or whose credential takes long to open.
#include <catch2/catch.hpp>

#include "support/failing_new.h"
#include "unit/dispatch/lane_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using testing::Trouble;

namespace {

constexpr std::chrono::seconds kSecond{1};

struct Fixture : testing::LaneBench {
    void store(Trouble trouble) {
        on([&] { setStore(trouble); });
    }
    void reload() {
        on([this] { lane->reloadCredential(); });
    }
    void finishOpening() {
        REQUIRE(behaviour.finish_opening);
        on([this] { std::exchange(behaviour.finish_opening, nullptr)(); });
    }
};

}  // namespace

TEST_CASE("a store that cannot be read delays pushes, and loses none", "[lane]") {
    Fixture f;
    f.store(Trouble::Away);
    f.newMail(1);
    CHECK(f.sent().empty());
    f.store(Trouble::None);
    f.advance(1 * kSecond);
    CHECK(f.sent() == "/1");
}

TEST_CASE("a lane that could not read its credential goes on by itself", "[lane]") {
    Fixture f;
    f.store(GENERATE(Trouble::Away, Trouble::Broken));
    f.reload();
    f.newMail(1);
    CHECK(f.sent().empty());
    f.store(Trouble::None);
    CHECK(f.comesTo("/1"));
}

TEST_CASE("a lane may begin without a store", "[lane]") {
    Fixture f;
    f.on([&] { f.lane.reset(); });
    f.store(GENERATE(Trouble::Away, Trouble::Broken));
    f.open();
    f.newMail(1);
    f.store(Trouble::None);
    CHECK(f.comesTo("/1"));
}

TEST_CASE("a store that is away is told once, however many devices wait for it", "[lane]") {
    Fixture f;
    f.on([&] { f.events.trouble = Trouble::Away; });
    for (store::Id device = 1; device <= 5; ++device) f.newMail(device);
    f.store(Trouble::Away);
    f.reload();
    f.newMail(6);
    CHECK(f.logLines("the store cannot be read") == 1);
}

TEST_CASE("a device is due again wherever memory ran out while its answer was judged", "[lane]") {
    std::size_t failed = 1;
    for (std::size_t after = 0; failed > 0; ++after) {
        INFO(after);
        Fixture f;
        f.newMail(1);
        REQUIRE(f.sent() == "/1");
        engine::Answer answer;
        answer.status = 503;
        f.on([&] {
            // The exception, and the line that tells of it.
            testing::failAllocations(after, 2);
            f.wire.submitted[0].sink->answered(f.wire.submitted[0].tag, answer);
            failed = testing::endOfFailures();
        });
        f.advance(2 * kSecond);
        CHECK(f.sent() == "/1/1");
    }
}

TEST_CASE("a probe that could not leave is tried after the same interval, over a restart as well",
          "[lane]") {
    Fixture f;
    f.behaviour.encodes_beside_loop = GENERATE(false, true);
    const auto encode = [&] {
        if (f.behaviour.finish_encoding)
            f.on([&] { std::exchange(f.behaviour.finish_encoding, nullptr)(); });
    };
    f.newMail(1);
    encode();
    f.answer(0, 403);
    REQUIRE_FALSE(f.pausedReason().empty());
    f.behaviour.encode = [](const provider::Push&, provider::Encoded& push) {
        push.result = provider::Encoded::Result::Later;
    };
    f.advance(std::chrono::minutes(1));
    encode();
    CHECK(f.sent() == "/1");
    CHECK(f.credentials.guards.back().probe_at == f.clock.wall() + std::chrono::minutes(1));
}

TEST_CASE("a guard that cannot be saved holds up no push", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.on([&] { f.credentials.trouble = Trouble::Broken; });
    f.answer(0, 200);
    f.on([&] { f.credentials.trouble = Trouble::None; });
    CHECK(f.settledAs<store::Delivered>() == 1);
    f.newMail(1, 2);
    CHECK(f.sent() == "/1/2/1");
}

TEST_CASE("while a credential is opened its pushes wait, and trial pushes as well", "[lane]") {
    Fixture f;
    f.on([&] { f.lane.reset(); });
    f.behaviour.opens_beside_loop = true;
    f.open();
    f.newMail(1);
    f.mail(2);
    std::string outcome;
    f.on([&] {
        f.lane->tryPush(f.events.targets[2], 1,
                        [&](const TrialOutcome& told) { outcome = name(told); });
        CHECK(f.lane->status().credential_usable);
    });
    CHECK(f.sent().empty());
    CHECK(outcome.empty());
    f.finishOpening();
    CHECK(f.comesTo("/1/2"));
}

TEST_CASE("pushes go on with the upload before while the next one is opened", "[lane]") {
    Fixture f;
    f.behaviour.opens_beside_loop = true;
    f.renew();
    f.reload();
    f.newMail(1);
    CHECK(f.sent() == "/1");
    f.finishOpening();
    f.newMail(2);
    f.answer(0, 200);
    CHECK(f.sent() == "/1/2");
    CHECK(f.settledAs<store::Delivered>() == 1);
    CHECK(f.behaviour.open_sessions == 1);
}
