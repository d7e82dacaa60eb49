// SPDX-License-Identifier: Apache-2.0
#include "dispatch/trial_push.h"

#include <utility>

namespace postbell::dispatch {

using Result = TrialPushes::Result;

Flight trialFlight(store::PushTarget target, std::int32_t badge, util::Trace trace,
                   util::WallTime now) {
    Flight flight;
    flight.content.id = newPushId();
    flight.trace = trace;
    flight.device = target.registration.device;
    flight.content.target = std::move(target);
    flight.content.new_mail = true;
    flight.content.count = flight.content.badge = badge;
    flight.content.expires = now + kDay;
    return flight;
}

namespace {

TrialPushes::Attempt noSlot(const Destination* destination, const std::string& why) {
    if (destination == nullptr)
        return {Result::NotYet, "too many push servers are being pushed to"};
    const std::string& failure = destination->gate.lastFailure();
    return {Result::NotYet, failure.empty() ? why : failure};
}

std::string whyUnsent(const Session& session) {
    return session.problem().empty() ? "no connection to the push network" : session.problem();
}

TrialPushes::Attempt launch(Channel& channel, PushJournal& journal, Flight& flight,
                            provider::Encoded& encoded) {
    if (encoded.result == provider::Encoded::Result::Later)
        return {Result::NotYet, encoded.problem};
    if (encoded.result != provider::Encoded::Result::Ready)
        return {Result::NotSent, "the provider could not encode the push: " + encoded.problem};

    Destination* const destination = channel.destination(encoded.origin);
    if (destination == nullptr || channel.slots(*destination) == 0)
        return noSlot(destination, whyUnsent(channel.session()));
    flight.authorization = channel.authorizationInUse();
    flight.sent = util::realNow();
    journal.sent(flight);
    channel.submit(*destination, encoded, std::move(flight));
    return {Result::Sent, ""};
}

}  // namespace

TrialPushes::Attempt sendTrial(Channel& channel, PushJournal& journal, Flight& flight) {
    if (channel.encoding()) return {Result::NotYet, "another push is being encoded"};
    Session& session = channel.session();
    try {
        const Session::Authorized authorized = session.authorize();
        if (authorized == Session::Authorized::Refused)
            return {Result::NotSent, whyUnsent(session)};
        if (authorized == Session::Authorized::Pending) return {Result::NotYet, whyUnsent(session)};
        if (!session.encodesBesideLoop())
            return launch(channel, journal, flight, session.encode(flight.content.view()));

        if (const std::string& named = flight.content.target.origin; !named.empty()) {
            Destination* const destination = channel.destination(named);
            if (destination == nullptr || channel.slots(*destination) == 0)
                return noSlot(destination, whyUnsent(session));
        }
        channel.encodeBesideLoop(std::move(flight));
        return {Result::Sent, ""};
    } catch (const std::exception& e) {
        return {Result::NotSent, e.what()};
    }
}

TrialPushes::Attempt trialEncoded(Channel& channel, PushJournal& journal, Flight& flight,
                                  provider::Encoded& encoded) {
    try {
        return launch(channel, journal, flight, encoded);
    } catch (const std::exception& e) {
        return {Result::NotSent, e.what()};
    }
}

namespace {

TrialOutcome outcomeOf(const Flight& flight, const engine::Answer& answer) {
    TrialOutcome result;
    result.trace = flight.trace;
    result.latency = std::chrono::duration_cast<util::Milliseconds>(util::realNow() - flight.sent);
    result.status = answer.status;
    return result;
}

}  // namespace

TrialOutcome unansweredTrial(const Flight& flight, const engine::Answer& answer) {
    TrialOutcome result = outcomeOf(flight, answer);
    result.kind = TrialOutcome::Kind::NoAnswer;
    result.reason = answer.detail;
    return result;
}

TrialOutcome answeredTrial(const Flight& flight, const engine::Answer& answer,
                           const provider::Outcome& outcome) {
    TrialOutcome result = outcomeOf(flight, answer);
    result.kind = TrialOutcome::Kind::Answered;
    result.result = outcome.result;
    result.reason = outcome.reason;
    result.advice = outcome.advice;
    return result;
}

}  // namespace postbell::dispatch
