// SPDX-License-Identifier: Apache-2.0
#include "dispatch/verdict/verdict.h"

#include <algorithm>

#include "util/clock_tolerance.h"

namespace postbell::dispatch {
namespace {

using Authorization = Verdict::Authorization;
using Credential = Verdict::Credential;
using Device = Verdict::Device;
using Origin = Verdict::Origin;

constexpr util::Milliseconds kHour = std::chrono::hours(1);
constexpr util::Milliseconds kMaxRetryAfter = kHour;
constexpr std::size_t kSuspectsThatPause = 3;
constexpr std::uint32_t kWordsThatKill = 3;
constexpr util::Milliseconds kWeek = 7 * util::kDay;
constexpr util::Milliseconds kFirstStrangersPause = std::chrono::minutes(10);
/// A second word counts only if a passing trouble had time to pass.
constexpr Pause kForeignPause{{}, std::chrono::minutes(1)};
/// The owner of a name at a forbidden address is unlikely to move it soon.
constexpr Pause kForbiddenPause{{}, kHour};

util::Milliseconds bounded(util::Milliseconds asked) {
    return std::clamp(asked, util::Milliseconds(0), kMaxRetryAfter);
}

/// Rule 5: a push that was sent before a pause says nothing new.
bool saysNothingNew(const PushFacts& push) {
    return push.paused && !push.probe_of.guard;
}

void wait(Verdict& verdict, Pause pause = {}) {
    verdict.device = Device::Wait;
    verdict.device_pause = pause;
}

/// Rules 1 and 9.
void tokenDead(Verdict& verdict, const provider::Outcome& outcome, const TokenFacts& token,
               util::WallTime now) {
    if (token.proven) verdict.credential = Credential::Good;
    const bool registered_before =
        !util::isSet(outcome.dead_since) || token.token_at < outcome.dead_since;
    const util::WallTime first_at = util::believed(token.first_410_at, now);
    const bool second = util::isSet(first_at) && now - first_at >= kHour;
    if (registered_before || second) {
        verdict.device = Device::Dead;
        return;
    }
    verdict.first_410 = !util::isSet(first_at);
    wait(verdict);
}

/// Ten minutes, doubling to a day. No util::Backoff: the rule names the time, and strangers wait in
/// a line that is paced anyway.
util::Milliseconds strangersPause(std::uint32_t words) {
    util::Milliseconds pause = kFirstStrangersPause;
    for (; words > 1 && pause < util::kDay; --words) pause *= 2;
    return std::min(pause, util::kDay);
}

/// Rule 2: the holder of the app's enrolment key may have made the token up.
void strangerForeign(Verdict& verdict, const PushFacts& push, const TokenFacts& token,
                     util::WallTime now) {
    verdict.called_foreign = true;
    verdict.credential = push.probe_of.guard ? Credential::ProbeUndecided : Credential::Stranger;
    const util::WallTime first_at = util::believed(token.first_foreign_at, now);
    const bool known_since = util::isSet(first_at);
    const bool for_a_week = known_since && now - first_at >= kWeek;
    if (token.foreign_words >= kWordsThatKill && (token.other_good_since || for_a_week)) {
        verdict.device = Device::Dead;
        return;
    }
    verdict.first_foreign = !known_since;
    wait(verdict, {strangersPause(token.foreign_words), {}});
}

/// Rule 3, and rule 6 for a probe.
void tokenForeign(Verdict& verdict, const PushFacts& push, const TokenFacts& token,
                  util::WallTime now) {
    if (!token.proven) return strangerForeign(verdict, push, token, now);
    if (saysNothingNew(push)) return;
    verdict.called_foreign = true;
    if (push.paused) {
        verdict.credential = Credential::ProbeRefused;
        wait(verdict);
    } else if (token.other_good_since) {
        verdict.device = Device::Dead;
    } else if (token.suspects >= kSuspectsThatPause) {
        verdict.credential = Credential::Pause;
    } else {
        verdict.credential = Credential::Suspect;
        wait(verdict, kForeignPause);
    }
}

/// Rule 4, and rule 6 for a probe.
void credentialRefused(Verdict& verdict, const PushFacts& push) {
    if (saysNothingNew(push)) return;
    verdict.credential = push.paused ? Credential::ProbeRefused : Credential::Pause;
    // For the next probe.
    verdict.authorization = Authorization::RenewEarly;
}

/// Rule 4.
void reauthorize(Verdict& verdict, const PushFacts& push) {
    if (saysNothingNew(push) || !push.authorization_current) return;
    if (push.reauthorizing || push.probe_of.guard) return credentialRefused(verdict, push);
    verdict.authorization = Authorization::Drop;
}

/// Rule 10.
void retry(Verdict& verdict, const provider::Outcome& outcome, provider::Outcome::Scope scope,
           const PushFacts& push) {
    const Pause pause{bounded(outcome.retry_after), bounded(outcome.backoff)};
    const bool asked = pause.asked > pause.asked.zero();
    switch (scope) {
        case provider::Outcome::Scope::Device:
            return wait(verdict, pause);
        case provider::Outcome::Scope::Credential:
            // A paused credential has the pauses of its probes, and pushes that were under way when
            // the credential was slowed down say nothing new.
            if (push.paused || (!asked && push.slowed)) return;
            verdict.credential = Credential::SlowDown;
            verdict.credential_pause = pause;
            return;
        case provider::Outcome::Scope::Origin:
            // Its own word on when to come again takes the place of the gate's doubling.
            verdict.origin = asked ? Origin::Shut : Origin::Fails;
            verdict.origin_pause = pause.asked;
            // A network that names a pause for each push gets it, also while it serves others.
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

/// Rule 10: the trouble may be that of one connection, and the next probe shall not meet it again.
void probeAnotherWay(Verdict& verdict, const PushFacts& push) {
    const bool gate_stays = push.probe_of.gate && verdict.origin != Origin::Works;
    const bool opens =
        verdict.credential == Credential::Good || verdict.credential == Credential::Authorized;
    const bool guard_stays = push.probe_of.guard && !opens;
    if (gate_stays || guard_stays) verdict.new_connection = true;
}

/// The meaning of an answer, and its subject.
struct Word {
    provider::Outcome::Result result;
    provider::Outcome::Scope scope;
};

/// Rule 12: a word on the credential is one on the device that named the origin.
Word wordOnDevice(Word word) {
    using Result = provider::Outcome::Result;
    using Scope = provider::Outcome::Scope;
    switch (word.result) {
        case Result::TokenForeign:
        case Result::CredentialRefused:
        case Result::Reauthorize:
            return {Result::Retry, Scope::Device};
        case Result::Retry:
            if (word.scope == Scope::Credential) word.scope = Scope::Device;
            return word;
        case Result::Delivered:
        case Result::TokenDead:
        case Result::Rejected:
            return word;
    }
    return word;
}

/// Rule 12, the last step of each verdict: an origin that a device named is no witness. Nothing but
/// a missing authorization pauses a credential there, and a probe left with one.
void atDevicesOrigin(Verdict& verdict, const PushFacts& push) {
    verdict.credential = push.probe_of.guard ? Credential::Authorized : Credential::AsBefore;
    verdict.authorization = Authorization::AsBefore;
    verdict.proves_token = false;
    // The gate of one origin among many may be forgotten.
    if (verdict.origin == Origin::Unreachable) {
        wait(verdict);
        verdict.origins_doing = true;
    }
}

}  // namespace

Verdict verdict(const provider::Outcome& outcome, const PushFacts& push, const TokenFacts& token,
                util::WallTime now) {
    using Result = provider::Outcome::Result;
    Verdict verdict;
    verdict.origin = Origin::Works;
    verdict.new_connection = outcome.new_connection;
    if (presupposesAuthorization(outcome.result) && push.authorization_current)
        verdict.authorization = Authorization::Works;
    const bool may_decide = outcome.result != Result::Rejected && outcome.result != Result::Retry &&
                            (outcome.result != Result::TokenDead || token.proven);
    if (push.probe_of.guard && !may_decide) verdict.credential = Credential::ProbeUndecided;
    const Word said{outcome.result, outcome.scope};
    const Word word = push.networks_own ? said : wordOnDevice(said);

    switch (word.result) {
        case Result::Delivered:
            verdict.push = Verdict::Push::Delivered;
            verdict.device = Device::Well;
            verdict.proves_token = true;
            verdict.credential = Credential::Good;
            break;
        case Result::Retry:
            retry(verdict, outcome, word.scope, push);
            break;
        case Result::TokenDead:
            tokenDead(verdict, outcome, token, now);
            break;
        case Result::TokenForeign:
            tokenForeign(verdict, push, token, now);
            break;
        case Result::CredentialRefused:
            credentialRefused(verdict, push);
            break;
        case Result::Reauthorize:
            reauthorize(verdict, push);
            break;
        case Result::Rejected:
            verdict.push = Verdict::Push::Dropped;
            break;
    }
    if (!push.networks_own) atDevicesOrigin(verdict, push);
    probeAnotherWay(verdict, push);
    return verdict;
}

Verdict noAnswer(engine::Failure failure, const PushFacts& push) {
    Verdict verdict = notSent(push);
    switch (failure) {
        case engine::Failure::Malformed:
            verdict.push = Verdict::Push::Dropped;
            break;
        case engine::Failure::Forbidden:
            wait(verdict, kForbiddenPause);
            break;
        case engine::Failure::Crowded:  // the origin was not asked
            wait(verdict);
            break;
        case engine::Failure::Connect:
        case engine::Failure::Tls:
            verdict.origin = Origin::Unreachable;  // its gate holds all devices
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
    if (!push.networks_own) atDevicesOrigin(verdict, push);
    probeAnotherWay(verdict, push);
    return verdict;
}

Verdict notSent(const PushFacts& push) {
    Verdict verdict;
    if (push.probe_of.guard) verdict.credential = Credential::ProbeUndecided;
    return verdict;
}

Verdict originForbidden() {
    Verdict verdict;
    wait(verdict, kForbiddenPause);
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
