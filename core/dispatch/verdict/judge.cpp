// SPDX-License-Identifier: Apache-2.0
#include "dispatch/verdict/judge.h"

#include <algorithm>
#include <string>
#include <utility>

#include "util/exception_text.h"

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

/// As the note of a registration begins: one that had no answer is known by that.
std::string_view noteOf(PushOutcome outcome) {
    return outcome == PushOutcome::NoAnswer ? store::kNoAnswer : name(outcome);
}

PushFacts credentialFacts(const CredentialGuard& guard, const Now& now) {
    PushFacts facts;
    facts.paused = guard.paused();
    facts.slowed = guard.slowed(now.steady);
    facts.reauthorizing = guard.reauthorizing();
    return facts;
}

PushFacts pushFacts(const Channel& channel, const Flight& flight, const Now& now) {
    PushFacts facts = credentialFacts(channel.guard(), now);
    facts.probe_of = flight.probe_of;
    facts.authorization_current = flight.authorization == channel.authorizationInUse();
    facts.networks_own = flight.destination->networksOwn();
    return facts;
}

TokenFacts tokenFacts(const CredentialGuard& guard, const Device& device, const Flight& flight) {
    const store::PushTarget& target = flight.content.target;
    TokenFacts facts;
    facts.proven = device.token.isProven();
    facts.token_at = target.token_at;
    facts.foreign_words = device.token.foreignWords() + 1;
    if (guard.counts(target.first_foreign_at)) facts.first_foreign_at = target.first_foreign_at;
    facts.first_410_at = target.first_410_at;
    facts.other_good_since = device.token.foreignWords() > 0 &&
                             guard.otherGoodSince(device.id, device.token.foreignSince());
    facts.suspects = guard.suspectsWith(device.id);
    return facts;
}

/// For the admin.
TrialOutcome trialOutcome(TrialOutcome::Kind kind, const Flight& flight,
                          const engine::Answer& answer) {
    TrialOutcome trial;
    trial.kind = kind;
    trial.trace = flight.trace;
    trial.latency = std::chrono::duration_cast<util::Milliseconds>(util::realNow() - flight.sent);
    trial.status = answer.status;
    return trial;
}

}  // namespace

Judge::Judge(const Parts& parts) : parts_(parts) {}

void Judge::answered(Channel& channel, Device& device, const Flight& flight,
                     const engine::Answer& answer, const Now& now) {
    try {
        judge(channel, device, flight, answer, now);
    } catch (...) {
        const char* const why = util::exceptionText();
        parts_.consequences.setAside(device, flight.content.target.registration.id);
        parts_.journal.fault(flight.trace, why);
        note(flight, store::kProviderFailed, why, now.wall);
    }
}

void Judge::judge(Channel& channel, Device& device, const Flight& flight,
                  const engine::Answer& answer, const Now& now) {
    provider::Outcome outcome;
    Verdict verdict;
    if (channel.superseded())
        verdict = answeredLate(channel, flight, answer);
    else if (answer.failure != engine::Failure::None)
        verdict = unanswered(channel, flight, answer, now, outcome);
    else
        verdict = classified(channel, device, flight, answer, now, outcome);
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
    parts_.journal.answered(flight, delivered ? PushOutcome::Delivered : PushOutcome::Superseded,
                            answer.status, "superseded", "it was sent with an earlier credential");
    return verdict;
}

Verdict Judge::unanswered(Channel& channel, const Flight& flight, const engine::Answer& answer,
                          const Now& now, provider::Outcome& outcome) {
    outcome.reason = answer.detail;
    parts_.journal.answered(flight, PushOutcome::NoAnswer, 0, reasonOf(answer.failure),
                            outcome.reason);
    if (answer.failure == engine::Failure::Malformed)
        parts_.journal.neverEncoded(flight.trace, outcome.reason);
    if (answer.failure == engine::Failure::Forbidden)
        parts_.journal.addressForbidden(outcome.reason);
    note(flight, noteOf(PushOutcome::NoAnswer),
         flight.destination->networksOwn() ? answer.detail : kNamedOriginFailed, now.wall);
    return noAnswer(answer.failure, pushFacts(channel, flight, now));
}

Verdict Judge::classified(Channel& channel, const Device& device, const Flight& flight,
                          const engine::Answer& answer, const Now& now,
                          provider::Outcome& outcome) {
    outcome = channel.session().classify(flight.content.view(), answer);
    const PushOutcome ended = outcomeOf(outcome.result);
    const bool delivered = ended == PushOutcome::Delivered;
    parts_.journal.answered(flight, ended, answer.status, outcome.reason, outcome.reason);
    note(flight, noteOf(ended), delivered ? std::string_view() : outcome.reason, now.wall);
    if (outcome.result == provider::Outcome::Result::Rejected)
        parts_.journal.rejected(flight, flight.destination->networksOwn(), answer.status, outcome);
    return verdict(outcome, pushFacts(channel, flight, now),
                   tokenFacts(channel.guard(), device, flight), now.wall);
}

TrialOutcome Judge::trialAnswered(Channel& channel, const Flight& flight,
                                  const engine::Answer& answer, const Now& now) {
    if (answer.failure != engine::Failure::None) {
        TrialOutcome trial = trialOutcome(TrialOutcome::Kind::NoAnswer, flight, answer);
        trial.reason = answer.detail;
        return trial;
    }
    provider::Outcome outcome = channel.session().classify(flight.content.view(), answer);
    TrialOutcome trial = trialOutcome(TrialOutcome::Kind::Answered, flight, answer);
    if (!channel.superseded()) {
        const Verdict verdict =
            dispatch::verdict(outcome, pushFacts(channel, flight, now), TokenFacts(), now.wall);
        onConnection(verdict, flight, answer);
        trial.authorization_dropped = verdict.authorization == Verdict::Authorization::Drop;
        if (verdict.push == Verdict::Push::Delivered)
            parts_.consequences.onTrial(verdict, channel, flight, outcome, now);
        else if (trial.authorization_dropped)
            parts_.consequences.onCredential({.authorization = verdict.authorization}, channel, 0,
                                             outcome, now);
    }
    trial.result = outcome.result;
    trial.reason = std::move(outcome.reason);
    trial.advice = std::move(outcome.advice);
    return trial;
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
        std::chrono::duration_cast<util::Milliseconds>(std::max(device.notBefore(), now) - now));
}

void Judge::notSent(Channel& channel, ProbeOf probe_of, const Now& now) {
    PushFacts facts = credentialFacts(channel.guard(), now);
    facts.probe_of = probe_of;
    parts_.consequences.onCredential(dispatch::notSent(facts), channel, 0, {}, now);
}

void Judge::authorizationRefused(Channel& channel, ProbeOf probe_of, const Now& now) {
    provider::Outcome refused;
    refused.result = provider::Outcome::Result::CredentialRefused;
    refused.reason = channel.session().problem();
    PushFacts facts = credentialFacts(channel.guard(), now);
    facts.probe_of = probe_of;
    const Verdict verdict = dispatch::verdict(refused, facts, TokenFacts(), now.wall);
    parts_.consequences.onCredential(verdict, channel, 0, refused, now);
}

}  // namespace postbell::dispatch
