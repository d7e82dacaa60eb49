// SPDX-License-Identifier: Apache-2.0
#include "dispatch/lane.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/lane_bench.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

constexpr std::chrono::seconds kSecond{1};

using Fixture = testing::LaneBench;

}  // namespace

TEST_CASE("new mail is pushed, and settled when it is delivered", "[lane]") {
    Fixture f;
    f.newMail(1);
    REQUIRE(f.sent() == "/1");
    CHECK(f.settledAs<store::Delivered>() == 0);
    f.answer(0, 200);
    REQUIRE(f.settledAs<store::Delivered>() == 1);
    CHECK(std::get<store::Delivered>(f.events.settled[0].outcome).generation == 1);
    CHECK(f.notes == std::vector<std::string>{"delivered"});
}

TEST_CASE("at most one push is in flight for a device", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.newMail(1, 2);
    f.newMail(2);
    CHECK(f.sent() == "/1/2");
    f.answer(0, 200);
    CHECK(f.sent() == "/1/2/1");
}

TEST_CASE("a registration whose device is another by now is pushed to there alone", "[lane]") {
    Fixture f;
    f.newMail(1);
    const auto move = [&](std::int64_t generation) {
        store::PushTarget& target = f.events.targets[1];
        target.registration.device = 2;
        target.token = "2";
        store::Pending row = f.last;
        row.device = 2;
        row.generation = row.mail_generation = row.new_mail_generation = generation;
        f.changed(row);
    };
    SECTION("while the push waits") {
        f.answer(0, 503);
        move(2);
        REQUIRE(f.sent() == "/1/2");
        f.answer(1, 200);
        f.advance(10 * kSecond);
        CHECK(f.sent() == "/1/2");
    }
    SECTION("while the push is in flight") {
        move(1);
        REQUIRE(f.sent() == "/1/2");
        f.answer(1, 200);
        f.answer(0, 503);
        f.advance(10 * kSecond);
        CHECK(f.sent() == "/1/2");
    }
    SECTION("while the push is in flight, whose token is dead") {
        f.events.targets[1].token_at += util::Milliseconds(1);
        move(1);
        f.answer(0, 410);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
        f.advance(10 * kSecond);
        CHECK(f.sent() == "/1/2");
    }
    CHECK(f.logged().find("goes to the registration's new device") != std::string::npos);
}

TEST_CASE("a push that is to be retried keeps its id and counts its attempts",
          "[lane][row:RETRY-1]") {
    Fixture f;
    std::vector<std::pair<std::string, std::uint32_t>> tries;
    f.behaviour.encode = [&](const provider::Push& push, provider::Encoded&) {
        tries.emplace_back(push.id, push.attempt);
    };
    f.newMail(1);
    f.answer(0, 503);
    CHECK(f.sent() == "/1");
    f.advance(1 * kSecond);
    REQUIRE(f.sent() == "/1/1");
    CHECK(tries[0].first == tries[1].first);
    CHECK(tries[1].second == 2);
}

TEST_CASE("a retry goes out over another connection if the network says so",
          "[lane][row:RETRY-7]") {
    Fixture f;
    f.behaviour.classify = [](provider::Outcome& outcome) { outcome.new_connection = true; };
    f.newMail(1);
    f.answer(0, 503, 7);
    REQUIRE(f.wire.retired.size() == 1);
    CHECK(f.wire.retired[0] == std::pair<std::string, std::uint64_t>{"https://push.example", 7});
}

TEST_CASE("the third different suspect pauses the credential, and a probe opens it",
          "[lane][row:GUARD-2][row:GUARD-4]") {
    Fixture f;
    for (store::Id device = 1; device <= 3; ++device) f.newMailToProven(device);
    for (std::size_t i = 0; i < 3; ++i) f.answer(i, 400);
    CHECK(f.pausedReason() == "400");
    CHECK(f.logged().find("its pushes are paused") != std::string::npos);
    CHECK_FALSE(f.credentials.guards.empty());

    f.newMail(4);
    f.advance(30 * kSecond);
    CHECK(f.wire.submitted.size() == 3);
    f.advance(30 * kSecond);
    REQUIRE(f.wire.submitted.size() == 4);  // one probe, and nothing else
    CHECK(f.sent() != "/1/2/3/4");          // a witness
    f.answer(3, 200);
    CHECK(f.pausedReason().empty());
    CHECK(f.wire.submitted.size() == 7);  // everything is due
}

TEST_CASE("made-up tokens pause nothing, and a phone is pushed to at once", "[lane][row:GUARD-8]") {
    Fixture f;
    for (store::Id device = 1; device <= 20; ++device) f.newMail(device);
    for (std::size_t i = 0; i < 20; ++i) f.answer(i, 400);
    CHECK(f.pausedReason().empty());
    const std::string before = f.sent();
    f.newMailToProven(21);
    CHECK(f.sent() == before + "/21");

    f.advance(600 * kSecond);
    CHECK(f.wire.submitted.size() == 22);  // one of those whose wait is over
    f.newMailToProven(22);
    CHECK(f.wire.submitted.size() == 23);
    f.advance(util::Milliseconds(250));
    CHECK(f.wire.submitted.size() == 24);
}

TEST_CASE("a token that was called foreign before the start stands back", "[lane][row:GUARD-7]") {
    Fixture f;
    for (store::Id device = 1; device <= 5; ++device) {
        const store::Pending row = f.mail(device);
        f.events.targets[device].first_foreign_at = f.clock.wall() - std::chrono::hours(1);
        f.changed(row);
    }
    f.newMail(6);
    CHECK(f.sent() == "/1/6");
    f.advance(util::Milliseconds(250));
    CHECK(f.sent() == "/1/6/2");
}

TEST_CASE("after a renewal tokens that were called foreign are due at once",
          "[lane][row:GUARD-6]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.answer(0, 400);
    f.answer(1, 400);
    REQUIRE(f.sent() == "/1/2");
    f.on([&] {
        f.renew();
        f.lane->reloadCredential();
    });
    CHECK((f.sent() == "/1/2/1/2" || f.sent() == "/1/2/2/1"));
}

TEST_CASE("a trial push that was delivered opens a paused credential, and its device is a witness",
          "[lane][row:GUARD-1]") {
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

TEST_CASE("a trial push that left with an earlier upload proves nothing", "[lane][row:GUARD-6]") {
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

TEST_CASE("a credential that is refused is paused, and a renewed one probed at once",
          "[lane][row:GUARD-3][row:GUARD-6]") {
    Fixture f;
    f.newMail(1);
    f.answer(0, 403);
    CHECK(f.pausedReason() == "403");
    f.on([&] {
        f.renew();
        f.lane->reloadCredential();
    });
    REQUIRE(f.sent() == "/1/1");
    f.answer(1, 200);
    CHECK(f.pausedReason().empty());
    CHECK(f.settledAs<store::Delivered>() == 1);
}

TEST_CASE("a superseded channel lives until its last flight is answered", "[lane][row:GUARD-6]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.on([&] {
        f.renew();
        f.lane->reloadCredential();
    });
    CHECK(f.wire.open == 1);
    CHECK(f.behaviour.open_sessions == 2);
    f.answer(0, 403);  // says nothing of the new upload
    CHECK(f.pausedReason().empty());
    CHECK(f.behaviour.open_sessions == 2);
    CHECK(f.sent() == "/1/2/1");
    f.answer(1, 200);
    CHECK(f.settledAs<store::Delivered>() == 1);
    CHECK(f.behaviour.open_sessions == 1);
    CHECK(f.wire.open == 1);
}

TEST_CASE("an answer to an authorization of before drops no newer one", "[lane][row:GUARD-3]") {
    Fixture f;
    f.newMail(1);
    f.behaviour.authorization_number = 2;  // had meanwhile
    f.answer(0, 401);
    CHECK(f.behaviour.dropped_authorizations == 0);
    CHECK(f.pausedReason().empty());
    CHECK(f.sent() == "/1/1");
}

TEST_CASE("an authorization that is refused is made anew once, then the credential is paused",
          "[lane][row:GUARD-3]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.answer(0, 401);
    CHECK(f.behaviour.dropped_authorizations == 1);
    CHECK(f.sent() == "/1/2/1");
    f.answer(1, 401);  // was sent with the authorization that is dropped already
    CHECK(f.behaviour.dropped_authorizations == 1);
    CHECK(f.pausedReason().empty());
    f.answer(2, 401);
    CHECK(f.pausedReason() == "401");
}

TEST_CASE("while no authorization can be had the lane waits, and does not ask again and again",
          "[lane]") {
    Fixture f;
    f.behaviour.authorized = Session::Authorized::Pending;
    f.behaviour.retry_at = f.clock.steady() + std::chrono::minutes(20);
    f.newMail(1);
    const unsigned asked = f.behaviour.asked_to_authorize;
    f.on([] {});
    CHECK(f.behaviour.asked_to_authorize == asked);
    CHECK(f.sent().empty());

    f.behaviour.authorized = Session::Authorized::Yes;
    f.advance(std::chrono::minutes(20));
    CHECK(f.sent() == "/1");
}

TEST_CASE("a device that is dead is retired, unless its token is another by now", "[lane]") {
    Fixture f;
    f.newMail(1);
    SECTION("the token that was pushed to") {
        f.answer(0, 410);
        CHECK(f.settledAs<store::DeviceDead>() == 1);
    }
    SECTION("a new token was registered meanwhile") {
        f.events.targets[1].token_at += util::Milliseconds(1);
        f.answer(0, 410);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
        CHECK(f.sent() == "/1/1");
    }
    SECTION("the store cannot tell") {
        f.setStore(testing::Trouble::Away);
        f.answer(0, 410);
        CHECK(f.settledAs<store::DeviceDead>() == 0);
        CHECK(f.sent() == "/1");
    }
}

TEST_CASE("rejected drops the push", "[lane][row:RETRY-4]") {
    Fixture f;
    f.newMail(1);
    f.answer(0, 413);
    CHECK(f.settledAs<store::Dropped>() == 1);
    f.advance(60 * kSecond);
    CHECK(f.sent() == "/1");
}

TEST_CASE("an origin that cannot be reached is probed by one push at a time", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.newMail(2);
    f.on([&] { f.wire.fail(0, engine::Failure::Connect); });
    f.on([&] { f.wire.fail(1, engine::Failure::Connect); });
    f.newMail(3);
    CHECK(f.wire.submitted.size() == 2);
    f.advance(2 * kSecond);
    CHECK(f.wire.submitted.size() == 3);
    f.answer(2, 200);
    CHECK(f.wire.submitted.size() == 5);
}

TEST_CASE("an origin that fails holds up no other origin of the credential", "[lane]") {
    Fixture f;
    f.behaviour.encode = [](const provider::Push& push, provider::Encoded& encoded) {
        if (push.token != "1") encoded.origin = "https://other.example";
    };
    f.newMail(1);
    f.newMail(2);
    f.on([&] { f.wire.fail(0, engine::Failure::Connect); });
    f.answer(1, 200);
    f.newMail(2, 2);
    f.newMail(3);
    CHECK(f.sent() == "/1/2/2/3");
    f.advance(2 * kSecond);
    CHECK(f.sent() == "/1/2/2/3/1");
}

TEST_CASE("an origin without room holds up no other origin of the credential", "[lane]") {
    Fixture f;
    f.behaviour.encode = [](const provider::Push& push, provider::Encoded& encoded) {
        if (push.token == "1" || push.token == "2") encoded.origin = "https://slow.example";
    };
    f.newMail(9);
    f.newMail(1);
    f.wire.slots["https://slow.example"] = 0;
    f.newMail(2);
    f.newMail(3);
    CHECK(f.sent() == "/9/1/3");
    f.newMail(2, 2);
    CHECK(f.sent() == "/9/1/3");
    f.wire.slots["https://slow.example"] = 1;
    f.on([&] { f.wire.submitted[1].sink->ready(); });
    CHECK(f.sent() == "/9/1/3/2");
}

TEST_CASE("nothing that a provider returns ends the process: the push waits, the provider is named",
          "[lane]") {
    Fixture f;
    const auto provider_fault = [&](const std::function<void(provider::Encoded&)>& garble) {
        f.behaviour.encode = [garble](const provider::Push&, provider::Encoded& encoded) {
            garble(encoded);
        };
    };
    std::string sentence;
    SECTION("an exception") {
        sentence = "thrown out of the plugin";
        provider_fault(
            [](provider::Encoded&) { throw std::logic_error("thrown out of the plugin"); });
    }
    SECTION("an origin that is none") {
        sentence = "not an origin at all";
        provider_fault([](provider::Encoded& e) { e.origin = "not an origin at all"; });
    }
    SECTION("an origin in plain text") {
        sentence = "http://";
        provider_fault([](provider::Encoded& e) { e.origin = "http://127.0.0.1:1"; });
    }
    SECTION("no origin") {
        provider_fault([](provider::Encoded& e) { e.origin = {}; });
    }
    SECTION("an origin that may not be used") {
        sentence = "https://evil.example";
        f.behaviour.allows = [](std::string_view origin) {
            return origin != "https://evil.example";
        };
        provider_fault([](provider::Encoded& e) { e.origin = "https://evil.example"; });
    }
    SECTION("a result that does not exist") {
        provider_fault(
            [](provider::Encoded& e) { e.result = static_cast<provider::Encoded::Result>(99); });
    }
    SECTION("a defect") {
        sentence = "it broke the contract";
        provider_fault([](provider::Encoded& e) {
            e.result = provider::Encoded::Result::Defect;
            e.problem = "it broke the contract";
        });
    }
    f.newMail(1);
    CHECK(f.sent().empty());
    CHECK(f.behaviour.encoded == 1);  // with back-off, not again and again
    CHECK(f.events.settled.empty());
    const std::string log = f.logged();
    CHECK(log.find("a provider fails") != std::string::npos);
    CHECK(log.find("provider=push") != std::string::npos);
    CHECK(log.find("app=com.example.mail") != std::string::npos);
    CHECK(log.find(sentence) != std::string::npos);

    f.behaviour.encode = [](const provider::Push&, provider::Encoded&) {};
    f.advance(1 * kSecond);
    CHECK(f.sent() == "/1");
}

TEST_CASE("an exception out of what an answer means keeps the push, with back-off", "[lane]") {
    Fixture f;
    f.behaviour.classify = [](provider::Outcome&) { throw std::logic_error("no idea"); };
    f.newMail(1);
    f.answer(0, 200);
    CHECK(f.sent() == "/1");
    CHECK(f.events.settled.empty());
    CHECK(f.logged().find("no idea") != std::string::npos);
    f.behaviour.classify = [](provider::Outcome&) {};
    f.advance(1 * kSecond);
    CHECK(f.sent() == "/1/1");
}

TEST_CASE("a push that can be encoded later waits, one that never can is dropped with the reason",
          "[lane]") {
    Fixture f;
    provider::Encoded::Result result = provider::Encoded::Result::Later;
    f.behaviour.encode = [&](const provider::Push&, provider::Encoded& encoded) {
        encoded.result = result;
        encoded.problem = "the token is too long";
    };
    f.newMail(1);
    CHECK(f.events.settled.empty());
    CHECK(f.behaviour.encoded == 1);
    result = provider::Encoded::Result::Never;
    f.advance(1 * kSecond);
    CHECK(f.behaviour.encoded == 2);
    CHECK(f.settledAs<store::Dropped>() == 1);
    CHECK(f.logged().find("the token is too long") != std::string::npos);
    CHECK(f.metrics().find("postbell_push_drops_total{why=\"not_encoded\"} 1") !=
          std::string::npos);
}

TEST_CASE("what cannot be delivered any more is dropped", "[lane]") {
    Fixture f;
    const store::Pending row = f.mail(1);
    SECTION("the app is turned off") {
        auto app = std::make_shared<store::App>(*f.events.targets[1].registration.app);
        app->enabled = false;
        f.events.targets[1].registration.app = app;
        f.changed(row);
        CHECK(f.settledAs<store::Dropped>() == 1);
    }
    SECTION("the device is dead") {
        f.events.targets[1].registration.device_dead_at = f.clock.wall();
        f.changed(row);
        CHECK(f.settledAs<store::Dropped>() == 1);
    }
    SECTION("the registration is gone, and its row with it") {
        f.events.targets.clear();
        f.changed(row);
        CHECK(f.events.settled.empty());
        CHECK(f.lane->idle());
    }
    CHECK(f.sent().empty());
}

TEST_CASE("a managed mailbox is counted before its push", "[lane]") {
    Fixture f;
    std::function<void(std::int32_t)> counted;
    f.around.read_count = [&](const store::MailboxState& mailbox, util::RealTime,
                              std::function<void(std::int32_t)> done) {
        CHECK(mailbox.id == 5);
        counted = std::move(done);
    };
    f.on([&] { f.lane.reset(); });
    f.open();
    std::int32_t unread = 0;
    f.behaviour.encode = [&](const provider::Push& push, provider::Encoded&) {
        unread = push.unread;
    };
    store::Pending row = f.mail(1);
    row.count = store::kUnknownCount;
    f.events.targets[1].mailbox_state.id = 5;
    f.changed(row);
    REQUIRE(counted);
    CHECK(f.sent().empty());
    f.newMail(2);
    CHECK(f.sent() == "/2");
    f.on([&] { counted(42); });
    CHECK(f.sent() == "/2/1");
    CHECK(unread == 42);
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

TEST_CASE("without a credential that can be used nothing is sent", "[lane]") {
    Fixture f;
    f.on([&] {
        f.credentials.all[0].content = "broken";
        f.renew();
        f.lane->reloadCredential();
    });
    f.newMail(1);
    CHECK(f.sent().empty());
    LaneStatus status;
    f.on([&] { status = f.lane->status(); });
    CHECK(status.stored);
    CHECK_FALSE(status.has_credential);
    CHECK(f.logged().find("it is broken") != std::string::npos);
}

TEST_CASE("a lane that drains sends nothing new", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.on([&] { f.lane->drain(); });
    f.newMail(2);
    CHECK(f.sent() == "/1");
    CHECK(f.lane->inFlight() == 1);
    f.answer(0, 200);
    CHECK(f.lane->inFlight() == 0);
    CHECK(f.settledAs<store::Delivered>() == 1);
}

TEST_CASE("a push whose app is removed during the flight is answered all the same", "[lane]") {
    Fixture f;
    f.newMail(1);
    f.on([&] {
        f.directory.apps.clear();
        f.lane->reloadCredential();
    });
    f.answer(0, 200);
    CHECK(f.settledAs<store::Delivered>() == 1);
    CHECK(f.lane->idle());
}

TEST_CASE("what the loop still holds of a lane ends with it", "[lane]") {
    Fixture f;
    f.on([&] {
        f.lane->changed(f.mail(1));
        f.lane.reset();
    });
    CHECK(f.sent().empty());
    CHECK(f.networks.behaviour.open_sessions == 0);
}
