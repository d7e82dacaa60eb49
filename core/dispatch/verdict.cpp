// SPDX-License-Identifier: Apache-2.0
#include "dispatch/verdict.h"

#include <algorithm>

namespace postbell::dispatch {
namespace {

using Credential = Verdict::Credential;
using Device = Verdict::Device;
using Origin = Verdict::Origin;

constexpr util::Milliseconds kHour = std::chrono::hours(1);
constexpr util::Milliseconds kMaxRetryAfter = kHour;
constexpr std::size_t kSuspectsThatPause = 3;
constexpr std::uint32_t kWordsThatKill = 3;
constexpr util::Milliseconds kDay = std::chrono::hours(24);
constexpr util::Milliseconds kWeek = 7 * kDay;
constexpr util::Milliseconds kFirstStrangersPause = std::chrono::minutes(10);
/// A second word is worth something only if a passing trouble had time to pass.
constexpr Pause kForeignPause{{}, std::chrono::minutes(1)};

util::Milliseconds bounded(util::Milliseconds asked) {
    return std::clamp(asked, util::Milliseconds(0), kMaxRetryAfter);
}

/// A push that was sent before a pause says nothing new.
bool saysNothingNew(const Facts& facts) {
    return facts.paused && !facts.guard_probe;
}

void wait(Verdict& verdict, Pause pause = {}) {
    verdict.device = Device::Wait;
    verdict.device_pause = pause;
}

void tokenDead(Verdict& verdict, const provider::Outcome& outcome, const Facts& facts,
               util::WallTime now) {
    if (facts.networks_own && facts.proven) verdict.credential = Credential::Good;
    const bool registered_before =
        !util::isSet(outcome.dead_since) || facts.token_at < outcome.dead_since;
    const bool second = util::isSet(facts.first_410_at) && now - facts.first_410_at >= kHour;
    if (registered_before || second) {
        verdict.device = Device::Dead;
        return;
    }
    verdict.first_410 = !util::isSet(facts.first_410_at);
    wait(verdict);
}

/// Ten minutes, doubling to a day.
util::Milliseconds strangersPause(std::uint32_t words) {
    util::Milliseconds pause = kFirstStrangersPause;
    for (; words > 1 && pause < kDay; --words) pause *= 2;
    return std::min(pause, kDay);
}

/// Rule 2: whoever has the app's enrolment key may have made the token up.
void strangerForeign(Verdict& verdict, const Facts& facts, util::WallTime now) {
    verdict.called_foreign = true;
    verdict.credential = facts.guard_probe ? Credential::ProbeUndecided : Credential::Stranger;
    const bool known_since = util::isSet(facts.first_foreign_at);
    const bool for_a_week = known_since && now - facts.first_foreign_at >= kWeek;
    if (facts.foreign_words >= kWordsThatKill && (facts.other_good_since || for_a_week)) {
        verdict.device = Device::Dead;
        return;
    }
    verdict.first_foreign = !known_since;
    wait(verdict, {strangersPause(facts.foreign_words), {}});
}

void tokenForeign(Verdict& verdict, const Facts& facts, util::WallTime now) {
    if (!facts.networks_own) return wait(verdict);
    if (!facts.proven) return strangerForeign(verdict, facts, now);
    if (saysNothingNew(facts)) return;
    verdict.called_foreign = true;
    if (facts.paused) {
        verdict.credential = Credential::ProbeRefused;
        wait(verdict);
    } else if (facts.other_good_since) {
        verdict.device = Device::Dead;
    } else if (facts.suspects >= kSuspectsThatPause) {
        verdict.credential = Credential::Pause;
    } else {
        verdict.credential = Credential::Suspect;
        wait(verdict, kForeignPause);
    }
}

void credentialRefused(Verdict& verdict, const Facts& facts) {
    if (!facts.networks_own) return wait(verdict);
    if (saysNothingNew(facts)) return;
    verdict.credential = facts.paused ? Credential::ProbeRefused : Credential::Pause;
    // A new authorization may be what the next probe needs.
    verdict.new_authorization = true;
}

void reauthorize(Verdict& verdict, const Facts& facts) {
    if (!facts.networks_own) return wait(verdict);
    if (saysNothingNew(facts) || !facts.authorization_current) return;
    if (facts.reauthorizing || facts.guard_probe) return credentialRefused(verdict, facts);
    verdict.credential = Credential::Reauthorize;
    verdict.new_authorization = true;
}

void retry(Verdict& verdict, const provider::Outcome& outcome, const Facts& facts) {
    const Pause pause{bounded(outcome.retry_after), bounded(outcome.backoff)};
    const bool asked = pause.asked > pause.asked.zero();
    switch (outcome.scope) {
        case provider::Outcome::Scope::Device:
            return wait(verdict, pause);
        case provider::Outcome::Scope::Credential:
            // A stranger's server slows down its own devices, and nobody else.
            if (!facts.networks_own) return wait(verdict, pause);
            // A paused credential has the pauses of its probes, and pushes that were under way when
            // the credential was held back say nothing new.
            if (facts.paused || (!asked && facts.held)) return;
            verdict.credential = Credential::SlowDown;
            verdict.credential_pause = pause;
            return;
        case provider::Outcome::Scope::Origin:
            // Its own word on when to come again takes the place of the gate's doubling.
            verdict.origin = asked ? Origin::Hold : Origin::Fails;
            verdict.origin_pause = pause.asked;
            // A network that names a pause for each push gets it, whoever else it serves meanwhile.
            verdict.origins_doing = pause.least == pause.least.zero();
            return wait(verdict, pause);
    }
}

/// Whether the network says this only to those whose authorization it accepted. "Try again" and
/// "rejected" may come from a proxy, or from a network that has not looked at it yet.
bool presupposesAuthorization(provider::Outcome::Result result) {
    using Result = provider::Outcome::Result;
    switch (result) {
        case Result::Delivered:
        case Result::TokenDead:
        case Result::TokenForeign:
            return true;
        case Result::Retry:
        case Result::CredentialRefused:
        case Result::Reauthorize:
        case Result::Rejected:
            return false;
    }
    return false;
}

/// The trouble may be that of one connection, and the next probe shall not meet it again.
void probeAnotherWay(Verdict& verdict, const Facts& facts) {
    const bool gate_stays = facts.gate_probe && verdict.origin != Origin::Works;
    const bool guard_stays = facts.guard_probe && verdict.credential != Credential::Good;
    if (gate_stays || guard_stays) verdict.new_connection = true;
}

/// Where devices name the origins nothing but a missing authorization pauses a credential, and the
/// probe left with one.
void openedByAuthorization(Verdict& verdict, const Facts& facts) {
    if (facts.guard_probe && !facts.networks_own) verdict.credential = Credential::Good;
}

}  // namespace

Verdict verdict(const provider::Outcome& outcome, const Facts& facts, util::WallTime now) {
    using Result = provider::Outcome::Result;
    Verdict verdict;
    verdict.origin = Origin::Works;
    verdict.new_connection = outcome.new_connection;
    verdict.authorization_works =
        presupposesAuthorization(outcome.result) && facts.authorization_current;
    const bool may_decide = outcome.result != Result::Rejected && outcome.result != Result::Retry &&
                            (outcome.result != Result::TokenDead || facts.proven);
    if (facts.guard_probe && !may_decide) verdict.credential = Credential::ProbeUndecided;
    openedByAuthorization(verdict, facts);

    switch (outcome.result) {
        case Result::Delivered:
            verdict.push = Verdict::Push::Delivered;
            verdict.device = Device::Well;
            verdict.proves_token = facts.networks_own;
            if (facts.networks_own) verdict.credential = Credential::Good;
            break;
        case Result::Retry:
            retry(verdict, outcome, facts);
            break;
        case Result::TokenDead:
            tokenDead(verdict, outcome, facts, now);
            break;
        case Result::TokenForeign:
            tokenForeign(verdict, facts, now);
            break;
        case Result::CredentialRefused:
            credentialRefused(verdict, facts);
            break;
        case Result::Reauthorize:
            reauthorize(verdict, facts);
            break;
        case Result::Rejected:
            verdict.push = Verdict::Push::Dropped;
            break;
    }
    probeAnotherWay(verdict, facts);
    return verdict;
}

Verdict noAnswer(engine::Failure failure, const Facts& facts) {
    Verdict verdict;
    if (facts.guard_probe) verdict.credential = Credential::ProbeUndecided;
    openedByAuthorization(verdict, facts);
    switch (failure) {
        case engine::Failure::Malformed:
            verdict.push = Verdict::Push::Dropped;
            break;
        case engine::Failure::Forbidden:
            wait(verdict, {{}, kForbiddenPause});
            break;
        case engine::Failure::Crowded:  // the origin was not asked
            wait(verdict);
            break;
        case engine::Failure::Connect:
        case engine::Failure::Tls:
            verdict.origin = Origin::Unreachable;
            // The gate holds everybody; that of one among many origins may be forgotten, though.
            if (facts.networks_own) break;
            wait(verdict);
            verdict.origins_doing = true;
            break;
        case engine::Failure::None:
        case engine::Failure::Lost:
        case engine::Failure::Timeout:
        case engine::Failure::Refused:
        case engine::Failure::Shutdown:
            verdict.origin = Origin::Fails;
            wait(verdict);
            verdict.origins_doing = true;
            break;
    }
    probeAnotherWay(verdict, facts);
    return verdict;
}

Verdict superseded(const provider::Outcome& outcome) {
    Verdict verdict;
    // The answer says nothing of the new upload, but the device may have the push.
    if (outcome.result == provider::Outcome::Result::Delivered)
        verdict.push = Verdict::Push::Delivered;
    return verdict;
}

}  // namespace postbell::dispatch
