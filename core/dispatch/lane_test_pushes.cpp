// SPDX-License-Identifier: Apache-2.0
// An admin's test pushes, past the queue and the guard. Nothing of them is stored.
#include "dispatch/lane.h"
#include "dispatch/outcome_text.h"

namespace postbell::dispatch {

void Lane::test(store::PushTarget target, std::int32_t badge_value,
                std::function<void(TestOutcome)> done) {
    Flight flight;
    flight.content.id = newPushId();
    flight.trace = context_.traces.next();
    flight.content.target = std::move(target);
    flight.content.new_mail = true;
    flight.content.count = flight.content.badge = badge_value;
    flight.content.expires_ms = context_.loop.clock().wallMs() + kDayMs;
    flight.test = std::move(done);
    tests_.add(std::move(flight));
}

TestPushes::Attempt Lane::trySendTest(Flight& flight) {
    using Result = TestPushes::Result;
    if (!session_)
        return {Result::NotSent, provider_ == nullptr
                                     ? "no enabled provider serves platform " + app_.platform
                                     : "the app has no usable credential for this device"};
    const auto authorized = session_->authorize();
    if (authorized == provider::CredentialSession::Authorized::Yes &&
        (!pool_ || pool_->slots() > 0)) {
        if (submit(std::move(flight))) return {Result::Sent, ""};
        return {Result::NotSent, "the provider could not encode the push"};
    }
    const bool refused = authorized == provider::CredentialSession::Authorized::Refused;
    return {refused ? Result::NotSent : Result::NotYet,
            !session_->problem().empty() ? session_->problem()
            : !last_failure_.empty()     ? last_failure_
                                         : "no connection to the push network"};
}

void Lane::answeredTest(const Flight& flight, const engine::Answer& answer) {
    TestOutcome result;
    result.trace = flight.trace;
    result.latency_ms = (steadyUs() - flight.sent_us) / 1000;
    result.status = answer.status;
    if (answer.failure != engine::Failure::None) {
        result.outcome = "no_answer";
        result.reason = answer.detail;
    } else if (session_) {
        postbell_outcome outcome{};
        session_->outcome(flight.content.view(), answer, outcome);
        result.outcome = outcomeName(outcome.result);
        result.reason = view(outcome.reason);
        result.advice = view(outcome.advice);
    } else {
        result.outcome = "no_answer";
        result.reason = "the credential was removed meanwhile";
    }
    logAnswered(flight, result.outcome, result.status, result.reason);
    flight.test(result);
}

}  // namespace postbell::dispatch
