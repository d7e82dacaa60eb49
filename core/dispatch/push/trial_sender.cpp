// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/trial_sender.h"

#include <utility>

#include "dispatch/push/launch.h"
#include "util/exception_text.h"

namespace postbell::dispatch {
namespace {

using Attempt = TrialPushes::Attempt;
using Result = TrialPushes::Result;

std::string problemOf(const Session& session) {
    return session.problem().empty() ? "no connection to the push network" : session.problem();
}

Attempt noConnection(const Destination* destination, const Session& session) {
    if (destination == nullptr)
        return {Result::NotYet, "too many push servers are being pushed to"};
    const std::string& failure = destination->gate.lastFailure();
    return {Result::NotYet, failure.empty() ? problemOf(session) : failure,
            TrialOutcome::Lack::Connection};
}

Attempt attemptOf(const Launch& launch, const Session& session) {
    switch (launch.result) {
        case Launch::Result::Sent:
        case Launch::Result::Encoding:
            return {Result::Sent, ""};
        case Launch::Result::NoPool:
        case Launch::Result::GateClosed:
        case Launch::Result::NoSlot:
            return noConnection(launch.destination, session);
        case Launch::Result::NotNow:
            return {Result::NotYet, launch.problem};
        case Launch::Result::OriginForbidden:
            return {Result::NotSent, launch.problem};
        case Launch::Result::Never:
        case Launch::Result::Defect:
            return {Result::NotSent, "the provider could not encode the push: " + launch.problem};
    }
    return {Result::NotSent, ""};
}

}  // namespace

TrialSender::TrialSender(const Parts& parts, std::function<ChannelOrNot()> find_channel)
    : parts_(parts),
      find_channel_(std::move(find_channel)),
      pushes_(parts.loop, [this](Flight& flight) { return send(flight); }) {}

Now TrialSender::now() const {
    return {parts_.loop.clock().wall(), parts_.loop.clock().steady()};
}

void TrialSender::tryPush(store::PushTarget target, std::int32_t badge, TrialDone done) {
    Flight flight;
    flight.trace = parts_.traces.next();
    flight.device = target.registration.device;
    PushContent& content = flight.content;
    content.id = newPushId();
    content.target = std::move(target);
    content.new_mail = true;
    content.count = content.badge = badge;
    content.expires = now().wall + kDay;
    pushes_.add(std::move(flight), std::move(done));
}

Attempt TrialSender::send(Flight& flight) {
    const ChannelOrNot found = find_channel_();
    if (const Attempt* none = std::get_if<Attempt>(&found)) return *none;
    try {
        return send(*std::get<Channel*>(found), flight);
    } catch (...) {
        return {Result::NotSent, util::exceptionText()};
    }
}

Attempt TrialSender::send(Channel& channel, Flight& flight) {
    if (channel.encoding()) return {Result::NotYet, "another push is being encoded"};
    Session& session = channel.session();
    switch (session.authorize()) {
        case Session::Authorized::Yes:
            break;
        case Session::Authorized::Pending:
            return {Result::NotYet, problemOf(session)};
        case Session::Authorized::Refused:
            return {Result::NotSent, problemOf(session), TrialOutcome::Lack::Credential};
    }
    return attemptOf(launch(channel, parts_.journal, flight, now().steady), session);
}

void TrialSender::encodingEnded(Channel& channel, Flight& flight, provider::Encoded& request) {
    const std::uint64_t trial = flight.trial;
    const util::Trace trace = flight.trace;
    Attempt attempt;
    try {
        attempt = attemptOf(launchEncoded(channel, parts_.journal, flight, request, now().steady),
                            channel.session());
    } catch (...) {
        attempt = {Result::NotSent, util::exceptionText()};
    }
    if (attempt.result != Result::Sent)
        pushes_.ended(trial, TrialOutcome::notSent(attempt.reason, trace));
}

void TrialSender::answered(Channel& channel, Flight flight, const engine::Answer& answer) {
    TrialOutcome outcome;
    outcome.kind = TrialOutcome::Kind::NoAnswer;
    outcome.status = answer.status;
    outcome.trace = flight.trace;
    try {
        outcome = parts_.judge.trialAnswered(channel, flight, answer, now());
    } catch (...) {
        outcome.reason = util::exceptionText();
        parts_.journal.fault(flight.trace, outcome.reason);
    }
    const bool judged = outcome.kind == TrialOutcome::Kind::Answered;
    parts_.journal.answered(flight, judged ? outcomeOf(outcome.result) : PushOutcome::NoAnswer,
                            outcome.status, "", outcome.reason);
    // Once: a fresh authorization that is refused as well is the network's word.
    if (outcome.authorization_dropped && flight.content.attempt == 1)
        pushes_.sendAgain(std::move(flight), std::move(outcome));
    else
        pushes_.ended(flight.trial, outcome);
}

}  // namespace postbell::dispatch
