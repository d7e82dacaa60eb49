// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/trial_pushes.h"

#include <catch2/catch.hpp>

#include <deque>
#include <future>
#include <optional>
#include <vector>

using namespace postbell;
using dispatch::TrialOutcome;
using dispatch::TrialPushes;
using Result = dispatch::TrialPushes::Result;

namespace {

/// Answers attempts in the order that the test gives; without a word left, with Sent.
struct FakeSender {
    std::deque<TrialPushes::Attempt> answers;
    unsigned attempts = 0;
    std::uint64_t trial = 0;  // of the last attempt
    std::promise<void> sent;

    TrialPushes::Attempt send(dispatch::Flight& flight) {
        ++attempts;
        trial = flight.trial;
        if (answers.empty()) {
            sent.set_value();
            return {Result::Sent, ""};
        }
        auto answer = answers.front();
        answers.pop_front();
        return answer;
    }
};

struct Fixture {
    const util::SystemClock clock;
    engine::Loop loop{clock};
    FakeSender sender;
    std::vector<TrialOutcome> told;  // the loop's thread only
    std::optional<TrialPushes> pushes;

    Fixture() {
        pushes.emplace(loop, [this](dispatch::Flight& flight) { return sender.send(flight); });
    }
    ~Fixture() {
        loop.runAndWait([this] { pushes.reset(); });
    }
    void add(util::Trace trace) {
        loop.runAndWait([this, trace] {
            dispatch::Flight flight;
            flight.trace = trace;
            pushes->add(std::move(flight),
                        [this](const TrialOutcome& outcome) { told.push_back(outcome); });
        });
    }
};

}  // namespace

TEST_CASE("a trial push that never can be sent is told at once, with the reason and its trace",
          "[dispatch]") {
    Fixture f;
    f.sender.answers = {{Result::NotSent, "the app has no usable credential for this device"}};

    f.add(7);

    f.loop.runAndWait([&] {
        REQUIRE(f.told.size() == 1);
        CHECK(f.told[0].kind == TrialOutcome::Kind::NotSent);
        CHECK(f.told[0].reason == "the app has no usable credential for this device");
        CHECK(f.told[0].trace == 7);
        CHECK(f.sender.attempts == 1);
    });
}

TEST_CASE("a trial push waits until there is a connection", "[dispatch]") {
    Fixture f;
    f.sender.answers = {{Result::NotYet, "no connection"}, {Result::NotYet, "no connection"}};

    f.add(7);

    REQUIRE(f.sender.sent.get_future().wait_for(std::chrono::seconds(5)) ==
            std::future_status::ready);
    f.loop.runAndWait([&] {
        CHECK(f.sender.attempts == 3);
        CHECK(f.told.empty());
    });
}

TEST_CASE("a trial push that waits does not hold up another", "[dispatch]") {
    Fixture f;
    f.sender.answers = {{Result::NotYet, "no connection"},
                        {Result::NotYet, "no connection"},
                        {Result::NotSent, "refused"}};

    f.loop.runAndWait([&] {
        f.add(7);
        f.add(8);

        REQUIRE(f.told.size() == 1);
        CHECK(f.told[0].trace == 8);
    });
}

TEST_CASE(
    "a push that is to be sent again, and gets no other authorization, ends as it was answered",
    "[dispatch]") {
    Fixture f;
    f.add(7);
    TrialOutcome refused;
    refused.kind = TrialOutcome::Kind::Answered;
    refused.result = provider::Outcome::Result::Reauthorize;
    f.sender.answers = {{Result::NotSent, "the authorization server is away"}};
    f.loop.runAndWait([&] {
        dispatch::Flight flight;
        flight.trial = f.sender.trial;
        f.pushes->sendAgain(std::move(flight), refused);
        REQUIRE(f.told.size() == 1);
        CHECK(f.told[0].result == provider::Outcome::Result::Reauthorize);
        CHECK_THAT(f.told[0].advice, Catch::Contains("the authorization server is away"));
    });
}

TEST_CASE("a trial push that was answered is told once", "[dispatch]") {
    Fixture f;

    f.add(7);
    TrialOutcome delivered;
    delivered.kind = TrialOutcome::Kind::Answered;
    delivered.result = provider::Outcome::Result::Delivered;
    f.loop.runAndWait([&] {
        f.pushes->ended(f.sender.trial, delivered);
        f.pushes->ended(f.sender.trial, delivered);

        REQUIRE(f.told.size() == 1);
        CHECK(f.told[0].result == provider::Outcome::Result::Delivered);
    });
}
