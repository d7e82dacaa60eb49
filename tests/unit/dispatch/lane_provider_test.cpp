// SPDX-License-Identifier: Apache-2.0
// A lane whose provider fails.
#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/dispatch/lane_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using Fixture = testing::LaneBench;

namespace {

constexpr std::chrono::seconds kSecond{1};

}  // namespace

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

TEST_CASE(
    "a push that its provider fails again and again is tried ever more rarely, and holds up no "
    "other registration of its device",
    "[lane]") {
    Fixture f;
    unsigned failed = 0;
    f.behaviour.encode = [&](const provider::Push& push, provider::Encoded& encoded) {
        if (push.registration != "r1") return;
        ++failed;
        if (failed % 3 == 0) throw 42;
        if (failed % 3 == 1) throw std::logic_error("it broke");
        encoded.result = provider::Encoded::Result::Later;
        encoded.problem = "it cannot yet";
    };
    f.newMail(1);
    store::Pending other = f.mail(2);
    other.device = f.events.targets[2].registration.device = 1;
    f.changed(other);
    CHECK(f.sent() == "/2");
    f.answer(0, 200);
    f.last = f.mail(1);

    for (int second = 0; second < 60; ++second) f.advance(1 * kSecond);
    CHECK(failed >= 5);
    CHECK(failed <= 10);
    CHECK(f.settledAs<store::Dropped>() == 0);
    CHECK(f.metrics().find("postbell_pushes_set_aside_total{provider=\"push\"} " +
                           std::to_string(failed)) != std::string::npos);
    for (const char* reason :
         {"it broke", "it cannot yet", "something that is no exception was thrown"})
        CHECK(std::count(f.notes.begin(), f.notes.end(),
                         "provider failed: " + std::string(reason)) > 0);

    f.behaviour.encode = [](const provider::Push&, provider::Encoded&) {};
    f.advance(60 * kSecond);
    CHECK(f.sent().ends_with("/1"));
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
