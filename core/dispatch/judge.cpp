// SPDX-License-Identifier: Apache-2.0
#include "dispatch/judge.h"

#include <algorithm>
#include <string>

#include "dispatch/trial_push.h"

namespace postbell::dispatch {
namespace {

/// The reason that a device learns where it named the origin: the engine's own text tells of the
/// names and ports of machines that only this gateway can reach.
constexpr std::string_view kNamedOriginFailed = "the push server cannot be reached";

/// A metric's label.
std::string_view reasonOf(engine::Failure failure) {
    switch (failure) {
        case engine::Failure::Connect:
        case engine::Failure::Tls:
            return "connect";
        case engine::Failure::Crowded:
            return "crowded";
        case engine::Failure::Forbidden:
            return "forbidden";
        case engine::Failure::Malformed:
            return "malformed";
        case engine::Failure::None:
        case engine::Failure::Lost:
        case engine::Failure::Timeout:
        case engine::Failure::Refused:
        case engine::Failure::Shutdown:
            return "lost";
    }
    return "lost";
}

}  // namespace

Judge::Judge(const Parts& parts) : parts_(parts) {}

void Judge::answered(Channel& channel, bool current, Device& device, const Flight& flight,
                     const engine::Answer& answer, const Now& now) {
    try {
        judge(channel, current, device, flight, answer, now);
    } catch (const std::exception& e) {
        parts_.consequences.wait(device);
        parts_.journal.fault(flight.trace, e.what());
    }
}

void Judge::judge(Channel& channel, bool current, Device& device, const Flight& flight,
                  const engine::Answer& answer, const Now& now) {
    provider::Outcome outcome;
    Verdict verdict;
    if (!current)
        verdict = answeredLate(channel, flight, answer);
    else if (answer.failure != engine::Failure::None)
        verdict = unanswered(facts(channel, device, flight, now), flight, answer, now, outcome);
    else
        verdict =
            classified(channel, facts(channel, device, flight, now), flight, answer, now, outcome);
    onConnection(verdict, flight, answer);
    parts_.consequences.carryOut(verdict, channel, device, flight, outcome, now);
    noteRetry(channel, device, flight, now.steady);
}

void Judge::onConnection(const Verdict& verdict, const Flight& flight,
                         const engine::Answer& answer) {
    if (verdict.new_connection) flight.destination->pool->retire(answer.connection);
}

Verdict Judge::answeredLate(Channel& channel, const Flight& flight, const engine::Answer& answer) {
    Verdict verdict;
    if (answer.failure == engine::Failure::None)
        verdict = superseded(channel.session().classify(flight.content.view(), answer));
    const bool delivered = verdict.push == Verdict::Push::Delivered;
    parts_.journal.answered(flight,
                            delivered ? PushOutcome::Delivered : PushOutcome::Superseded,
                            answer.status, "superseded", "it was sent with an earlier credential");
    return verdict;
}

Verdict Judge::unanswered(const Facts& facts, const Flight& flight, const engine::Answer& answer,
                          const Now& now, provider::Outcome& outcome) {
    outcome.reason = answer.detail;
    parts_.journal.answered(flight, PushOutcome::NoAnswer, 0, reasonOf(answer.failure),
                            outcome.reason);
    if (answer.failure == engine::Failure::Malformed)
        parts_.journal.neverEncoded(flight.trace, outcome.reason);
    if (answer.failure == engine::Failure::Forbidden)
        parts_.journal.addressForbidden(outcome.reason);
    note(flight, "no answer",
         flight.destination->networksOwn() ? answer.detail : kNamedOriginFailed, now.wall);
    return noAnswer(answer.failure, facts);
}

Verdict Judge::classified(Channel& channel, const Facts& facts, const Flight& flight,
                          const engine::Answer& answer, const Now& now,
                          provider::Outcome& outcome) {
    outcome = channel.session().classify(flight.content.view(), answer);
    const PushOutcome ended = outcomeOf(outcome.result);
    const bool delivered = ended == PushOutcome::Delivered;
    parts_.journal.answered(flight, ended, answer.status, outcome.reason, outcome.reason);
    note(flight, name(ended), delivered ? std::string_view() : outcome.reason, now.wall);
    if (outcome.result == provider::Outcome::Result::Rejected)
        parts_.journal.rejected(flight, answer.status, outcome);
    return dispatch::verdict(outcome, facts, now.wall);
}

TrialOutcome Judge::trialAnswered(Channel& channel, bool current, const Flight& flight,
                                  const engine::Answer& answer, const Now& now) {
    if (answer.failure != engine::Failure::None) return unansweredTrial(flight, answer);
    const provider::Outcome outcome = channel.session().classify(flight.content.view(), answer);
    if (current) {
        const Verdict verdict =
            dispatch::verdict(outcome, facts(channel, Device(), flight, now), now.wall);
        onConnection(verdict, flight, answer);
        if (verdict.push == Verdict::Push::Delivered)
            parts_.consequences.onTrial(verdict, channel, flight, outcome, now);
    }
    return answeredTrial(flight, answer, outcome);
}

void Judge::note(const Flight& flight, std::string_view outcome, std::string_view reason,
                 util::WallTime now) {
    std::string text(outcome);
    if (!reason.empty()) text.append(": ").append(reason);
    parts_.note_outcome(flight.content.target.registration.id, now, text);
}

void Judge::noteRetry(const Channel& channel, Device& device, const Flight& flight,
                      util::SteadyTime now) {
    const Waiting* waiting = device.find(flight.content.target.registration.id);
    if (waiting == nullptr) return;
    parts_.journal.willRetry(
        *waiting,
        channel.guard().paused()             ? "a push waits until its credential is accepted again"
        : flight.destination->gate.failing() ? "a push waits until the push network works again"
                                             : "a push will be tried again",
        std::chrono::duration_cast<util::Milliseconds>(std::max(device.not_before, now) - now));
}

void Judge::authorizationRefused(Channel& channel, bool guard_probe, const Now& now) {
    provider::Outcome refused;
    refused.result = provider::Outcome::Result::CredentialRefused;
    refused.reason = channel.session().problem();
    Flight none;
    none.guard_probe = guard_probe;
    const Verdict verdict =
        dispatch::verdict(refused, facts(channel, Device(), none, now), now.wall);
    parts_.consequences.onCredential(verdict, channel, "", refused, now);
}

Facts Judge::facts(const Channel& channel, const Device& device, const Flight& flight,
                   const Now& now) const {
    const CredentialGuard& guard = channel.guard();
    const std::string name = std::to_string(flight.device);
    const store::PushTarget& target = flight.content.target;
    Facts facts;
    facts.guard_probe = flight.guard_probe;
    facts.gate_probe = flight.gate_probe;
    facts.authorization_current = flight.authorization == channel.authorizationInUse();
    facts.networks_own = flight.destination == nullptr || flight.destination->networksOwn();
    facts.paused = guard.paused();
    facts.held = guard.held(now.steady);
    facts.reauthorizing = guard.reauthorizing();
    facts.other_good_since =
        device.foreign.words > 0 && guard.otherGoodSince(name, device.foreign.since);
    facts.suspects = guard.suspectsWith(name);
    facts.proven = device.isProven() || util::isSet(target.registration.device_proven_at);
    facts.token_at = target.token_at;
    facts.foreign_words = device.foreign.words + 1;
    if (guard.counts(target.first_foreign_at)) facts.first_foreign_at = target.first_foreign_at;
    facts.first_410_at = target.first_410_at;
    return facts;
}

}  // namespace postbell::dispatch
