// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/trial_sender.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/lane_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using Fixture = testing::LaneBench;

TEST_CASE("a trial push that was delivered opens a paused credential, and its device is a witness",
          "[lane][row:RULE-1]") {
    Fixture f;
    f.newMail(1);
    f.answer(0, 403);
    f.mail(2);
    const auto tryPush = [&](int status) {
        f.on([&] { f.lane->tryPush(f.events.targets[2], 1, [](const TrialOutcome&) {}); });
        f.answer(f.wire.submitted.size() - 1, status);
    };
    tryPush(400);
    CHECK(f.pausedReason() == "403");
    CHECK(f.events.proofs.empty());
    tryPush(200);
    CHECK(f.pausedReason().empty());
    CHECK(f.events.proofs == std::vector<store::Id>{2});
    CHECK_FALSE(util::isSet(f.credentials.guards.back().paused_at));
    CHECK(f.sent() == "/1/2/2/1");
}

TEST_CASE("a trial push that left with an earlier upload proves nothing", "[lane][row:RULE-7]") {
    Fixture f;
    f.newMail(1);
    f.answer(0, 403);
    f.mail(2);
    f.on([&] { f.lane->tryPush(f.events.targets[2], 1, [](const TrialOutcome&) {}); });
    f.on([&] {
        f.renew();
        f.lane->reloadCredential();
    });
    f.answer(1, 200);
    CHECK(f.events.proofs.empty());
}

TEST_CASE("a trial push passes the queue and a paused credential", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.answer(0, 403);
    std::vector<TrialOutcome> told;
    f.on([&] {
        f.lane->tryPush(f.events.targets[1], 7,
                        [&](TrialOutcome outcome) { told.push_back(outcome); });
    });
    REQUIRE(f.sent() == "/1/1");
    f.answer(1, 403);
    REQUIRE(told.size() == 1);
    CHECK(told[0].result == provider::Outcome::Result::CredentialRefused);
    CHECK(told[0].status == 403);
    CHECK(f.events.settled.empty());
}

TEST_CASE("an admin learns why a trial push cannot be sent", "[trial_sender]") {
    Fixture f;
    f.mail(1);
    std::vector<TrialOutcome> told;
    const auto tryPush = [&] {
        f.on([&] {
            f.lane->tryPush(f.events.targets[1], 1,
                            [&](const TrialOutcome& outcome) { told.push_back(outcome); });
        });
    };
    std::string reason;
    SECTION("the credential gets no authorization") {
        f.behaviour.authorized = Session::Authorized::Refused;
        tryPush();
        reason = "no authorization";
    }
    SECTION("the provider can never encode it") {
        f.behaviour.encode = [](const provider::Push&, provider::Encoded& request) {
            request.result = provider::Encoded::Result::Never;
            request.problem = "it is too large";
        };
        tryPush();
        reason = "the provider could not encode the push: it is too large";
    }
    SECTION("the provider can never encode it, beside the loop") {
        f.behaviour.encodes_beside_loop = true;
        f.behaviour.encode = [](const provider::Push&, provider::Encoded& request) {
            request.result = provider::Encoded::Result::Never;
            request.problem = "it is too large";
        };
        tryPush();
        CHECK(told.empty());
        f.on(f.behaviour.finish_encoding);
        reason = "the provider could not encode the push: it is too large";
    }
    SECTION("the provider throws") {
        f.behaviour.encode = [](const provider::Push&, provider::Encoded&) {
            throw std::logic_error("thrown out of the plugin");
        };
        tryPush();
        reason = "thrown out of the plugin";
    }
    SECTION("no provider serves the app's platform") {
        f.on([&] {
            f.directory.apps[1].platform = "odd";
            f.lane->reloadCredential();
        });
        tryPush();
        reason = "no enabled provider serves platform odd";
    }
    REQUIRE(told.size() == 1);
    CHECK(told[0].kind == TrialOutcome::Kind::NotSent);
    CHECK(told[0].reason == reason);
    CHECK(told[0].trace != 0);
    CHECK(f.sent().empty());
}

TEST_CASE("a trial push whose authorization is refused is sent again with another",
          "[trial_sender]") {
    Fixture f;
    f.mail(1);
    std::vector<TrialOutcome> told;
    f.on([&] {
        f.lane->tryPush(f.events.targets[1], 1,
                        [&](const TrialOutcome& outcome) { told.push_back(outcome); });
    });
    f.answer(0, 401);
    CHECK(f.behaviour.dropped_authorizations == 1);
    CHECK(told.empty());
    REQUIRE(f.sent() == "/1/1");
    SECTION("which is accepted") {
        f.answer(1, 200);
        REQUIRE(told.size() == 1);
        CHECK(told[0].result == provider::Outcome::Result::Delivered);
        CHECK(f.credentials.guards.back().authorization_refused.empty());
    }
    SECTION("which is refused as well") {
        f.answer(1, 401);
        REQUIRE(told.size() == 1);
        CHECK(told[0].result == provider::Outcome::Result::Reauthorize);
        CHECK(f.behaviour.dropped_authorizations == 1);
        CHECK(f.pausedReason().empty());
    }
}

TEST_CASE("a trial push passes a closed gate, and opens none", "[trial_sender]") {
    Fixture f;
    f.newMail(1);
    f.on([&] { f.wire.fail(0, engine::Failure::Connect); });
    f.mail(2);
    std::vector<TrialOutcome> told;
    f.on([&] {
        f.lane->tryPush(f.events.targets[2], 1,
                        [&](const TrialOutcome& outcome) { told.push_back(outcome); });
    });
    REQUIRE(f.sent() == "/1/2");
    f.on([&] { f.wire.fail(1, engine::Failure::Connect); });
    REQUIRE(told.size() == 1);
    CHECK(told[0].kind == TrialOutcome::Kind::NoAnswer);
    CHECK(told[0].reason == "no connection");
    CHECK(f.events.settled.empty());
}
