// SPDX-License-Identifier: Apache-2.0
// Pushes to servers that devices name, and pushes whose encoding takes long.
#include <catch2/catch.hpp>

#include "unit/dispatch/lane_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using testing::LaneBench;

namespace {

constexpr std::chrono::seconds kSecond{1};

/// The push server of a device has its number.
struct Fixture : LaneBench {
    Fixture() { behaviour.device_named = true; }

    static std::string origin(store::Id device) {
        return "https://" + std::to_string(device) + ".example";
    }
    void newMail(store::Id device, std::int64_t generation = 1) {
        const store::Pending row = mail(device, generation);
        events.targets[device].origin = origin(device);
        changed(row);
    }
    void fail(std::size_t index, engine::Failure failure) {
        on([&] { wire.fail(index, failure); });
    }
};

}  // namespace

TEST_CASE("a push goes to the server that its device names, and to public addresses alone",
          "[lane][row:ORIGIN-1]") {
    Fixture f;
    f.newMail(1);
    REQUIRE(f.wire.submitted.size() == 1);
    CHECK(f.wire.submitted[0].origin == "https://1.example");
    CHECK(f.wire.last_access.addresses() == engine::AddressPolicy::PublicOnly);
}

TEST_CASE("for a server that fails nothing is encoded, and no other waits for it",
          "[lane][row:ORIGIN-6]") {
    Fixture f;
    f.newMail(1);
    f.fail(0, engine::Failure::Connect);
    const unsigned encoded = f.behaviour.encoded;
    f.newMail(1, 2);
    CHECK(f.behaviour.encoded == encoded);
    f.newMail(2);
    f.answer(1, 200);
    CHECK(f.sent() == "/1/2");
    f.advance(10 * kSecond);
    CHECK(f.sent() == "/1/2/1");
    CHECK(f.metrics().find("outcome=\"no_answer\"") != std::string::npos);
    CHECK(f.logged().find("warning") == std::string::npos);  // strangers can cause it at will
}

TEST_CASE("a device learns nothing of machines that only the gateway can reach",
          "[lane][row:ORIGIN-5]") {
    Fixture f;
    const auto failure = GENERATE(engine::Failure::Connect, engine::Failure::Tls,
                                  engine::Failure::Forbidden, engine::Failure::Timeout);
    f.newMail(1);
    f.fail(0, failure);
    CHECK(f.notes == std::vector<std::string>{"no answer: the push server cannot be reached"});
    CHECK(f.logged().find("no connection") != std::string::npos);
}

TEST_CASE("a server without room is asked for it before its push is encoded",
          "[lane][row:ORIGIN-6]") {
    Fixture f;
    f.wire.slots[Fixture::origin(1)] = 0;
    f.newMail(1);
    f.newMail(2);
    CHECK(f.sent() == "/2");
    CHECK(f.behaviour.encoded == 1);
}

TEST_CASE("an address that may not be connected to is the device's trouble, and told once a minute",
          "[lane][row:ORIGIN-5]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.fail(0, engine::Failure::Forbidden);
    f.fail(1, engine::Failure::Forbidden);
    f.advance(600 * kSecond);
    f.newMail(3);
    CHECK(f.sent() == "/1/2/3");  // the first two wait for long
    CHECK(f.pausedReason().empty());
    const std::string log = f.logged();
    const auto line = log.find("is not connected to");
    REQUIRE(line != std::string::npos);
    CHECK(log.find("is not connected to", line + 1) == std::string::npos);
    CHECK(f.metrics().find("reason=\"forbidden\"") != std::string::npos);
    f.advance(std::chrono::hours(3));
    CHECK(f.wire.submitted.size() == 5);
}

TEST_CASE("an origin that the operator has ceased to allow is not pushed to",
          "[lane][row:ORIGIN-5]") {
    Fixture f;
    f.behaviour.allows = [](std::string_view origin) { return origin != Fixture::origin(1); };
    f.newMail(1);
    f.newMail(2);
    f.advance(600 * kSecond);
    CHECK(f.sent() == "/2");
    CHECK(f.logged().find("https://1.example may not be used") != std::string::npos);
    f.on([&] { f.behaviour.allows = [](std::string_view) { return true; }; });
    f.advance(std::chrono::hours(3));
    CHECK(f.sent() == "/2/1");
}

TEST_CASE("a request that is none is dropped, and no origin's fault", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.fail(0, engine::Failure::Malformed);
    CHECK(f.settledAs<store::Dropped>() == 1);
    f.newMail(1, 2);
    CHECK(f.sent() == "/1/1");
}

TEST_CASE("the gates and connections of ten thousand servers are bounded", "[lane][row:ORIGIN-7]") {
    Fixture f;
    f.on([&] {
        for (store::Id device = 1; device <= 10'000; ++device) {
            const store::Pending row = f.mail(device);
            f.events.targets[device].origin = Fixture::origin(device);
            f.lane->changed(row);
        }
    });
    for (int turn = 0; turn < 200; ++turn) f.on([] {});
    CHECK(f.wire.open == Channel::kMaxUnprovenPools);
    CHECK(f.wire.submitted.size() == Channel::kMaxUnprovenPools);
}

TEST_CASE("a push is encoded beside the loop, which is free meanwhile", "[lane][row:ORIGIN-8]") {
    Fixture f;
    f.behaviour.encodes_beside_loop = true;
    f.newMail(1);
    f.newMail(2);
    CHECK(f.wire.submitted.empty());
    CHECK(f.behaviour.encoded == 0);
    const auto finish = [&] {
        f.on([&] { std::exchange(f.behaviour.finish_encoding, nullptr)(); });
    };

    SECTION("one after the other") {
        finish();
        CHECK(f.sent() == "/1");
        finish();
        CHECK(f.sent() == "/1/2");
        f.answer(0, 200);
        f.answer(1, 200);
        CHECK(f.settledAs<store::Delivered>() == 2);
    }
    SECTION("its server may fail meanwhile") {
        finish();
        f.newMail(3);
        f.fail(0, engine::Failure::Connect);
        finish();  // 2
        finish();  // 3
        CHECK(f.sent() == "/1/2/3");
    }
    SECTION("a new upload encodes it anew, and the superseded session is retired and closed") {
        const auto finish_superseded = std::exchange(f.behaviour.finish_encoding, nullptr);
        f.renew();
        f.on([&] { f.lane->reloadCredential(); });
        CHECK(f.behaviour.retired_sessions == 1);
        CHECK(f.behaviour.open_sessions == 2);
        f.on(finish_superseded);
        CHECK(f.wire.submitted.empty());
        CHECK(f.behaviour.open_sessions == 1);
        finish();
        finish();
        CHECK(f.wire.submitted.size() == 2);
    }
    SECTION("a registration that is gone is not pushed to") {
        f.on([&] {
            f.directory.apps.clear();
            f.lane->reloadCredential();
        });
        finish();
        CHECK(f.wire.submitted.empty());
        f.on([&] { CHECK(f.lane->idle()); });
    }
}

TEST_CASE("a trial push is encoded beside the loop as well", "[lane]") {
    Fixture f;
    f.behaviour.encodes_beside_loop = true;
    f.mail(1);
    std::string outcome;
    f.on([&] {
        store::PushTarget target = f.events.targets[1];
        target.origin = Fixture::origin(1);
        f.lane->tryPush(std::move(target), 1, [&](TrialOutcome told) {
            outcome = std::string(name(told)) + " " + told.reason;
        });
    });
    SECTION("sent") {
        f.on([&] { f.behaviour.finish_encoding(); });
        f.answer(0, 200);
        CHECK(outcome.find("delivered") == 0);
    }
    SECTION("not encoded") {
        f.behaviour.encode = [](const provider::Push&, provider::Encoded& encoded) {
            encoded.result = provider::Encoded::Result::Never;
            encoded.problem = "it has no key";
        };
        f.on([&] { f.behaviour.finish_encoding(); });
        CHECK(outcome == "not_sent the provider could not encode the push: it has no key");
    }
}

TEST_CASE("mail that comes while a trial push is encoded is next", "[lane]") {
    Fixture f;
    f.behaviour.encodes_beside_loop = true;
    f.mail(1);
    f.on([&] {
        store::PushTarget target = f.events.targets[1];
        target.origin = Fixture::origin(1);
        f.lane->tryPush(std::move(target), 1, [](const TrialOutcome&) {});
    });
    f.newMail(2);
    const auto finish = [&] {
        REQUIRE(f.behaviour.finish_encoding);
        f.on([&] { std::exchange(f.behaviour.finish_encoding, nullptr)(); });
    };
    finish();
    finish();
    CHECK(f.sent() == "/1/2");
}

TEST_CASE("answers that come while a push is encoded are read when that is done", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.behaviour.encodes_beside_loop = true;
    f.newMail(2);
    f.answer(0, 200);
    CHECK(f.settledAs<store::Delivered>() == 0);
    f.on([&] { std::exchange(f.behaviour.finish_encoding, nullptr)(); });
    CHECK(f.settledAs<store::Delivered>() == 1);
}

TEST_CASE("a credential without an authorization is open again with the probe that has one",
          "[lane]") {
    Fixture f;
    f.behaviour.authorized = Session::Authorized::Refused;
    f.newMail(1);
    CHECK_FALSE(f.pausedReason().empty());
    f.behaviour.authorized = Session::Authorized::Yes;
    f.advance(std::chrono::hours(1));
    REQUIRE(f.sent() == "/1");
    f.answer(0, 503);  // of a stranger's server: no word on the credential
    CHECK(f.pausedReason().empty());
}
