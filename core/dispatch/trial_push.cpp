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
    flight.content.target = std::move(target);
    flight.content.new_mail = true;
    flight.content.count = flight.content.badge = badge;
    flight.content.expires = now + kDay;
    return flight;
}

TrialPushes::Attempt sendTrial(Channel& channel, const CredentialGuard& guard, PushJournal& journal,
                               Flight& flight) {
    Session& session = channel.session();
    try {
        const Session::Authorized authorized = session.authorize();
        const std::string why =
            session.problem().empty() ? "no connection to the push network" : session.problem();
        if (authorized == Session::Authorized::Refused) return {Result::NotSent, why};
        if (authorized == Session::Authorized::Pending) return {Result::NotYet, why};

        provider::Encoded& encoded = session.encode(flight.content.view());
        if (encoded.result == provider::Encoded::Result::Later)
            return {Result::NotYet, encoded.problem};
        if (encoded.result != provider::Encoded::Result::Ready)
            return {Result::NotSent, "the provider could not encode the push: " + encoded.problem};

        Route& route = channel.route(encoded.origin);
        if (channel.slots(route) == 0) {
            const std::string& failure = route.gate.lastFailure();
            return {Result::NotYet, failure.empty() ? why : failure};
        }
        flight.authorization = guard.authorizationNumber();
        flight.sent = PushJournal::now();
        journal.sent(flight);
        channel.submit(route, encoded, std::move(flight));
        return {Result::Sent, ""};
    } catch (const std::exception& e) {
        return {Result::NotSent, e.what()};
    }
}

TrialOutcome trialOutcome(Channel& channel, const Flight& flight, const engine::Answer& answer) {
    TrialOutcome result;
    result.trace = flight.trace;
    result.latency =
        std::chrono::duration_cast<util::Milliseconds>(PushJournal::now() - flight.sent);
    result.status = answer.status;
    if (answer.failure != engine::Failure::None) {
        result.outcome = "no_answer";
        result.reason = answer.detail;
        return result;
    }
    const provider::Outcome outcome = channel.session().classify(flight.content.view(), answer);
    result.outcome = provider::name(outcome.result);
    result.reason = outcome.reason;
    result.advice = outcome.advice;
    return result;
}

}  // namespace postbell::dispatch
