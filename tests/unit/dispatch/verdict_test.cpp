// SPDX-License-Identifier: Apache-2.0
#include "dispatch/verdict.h"

#include <catch2/catch.hpp>

#include <string>

using namespace postbell;
using namespace postbell::dispatch;
using Result = provider::Outcome::Result;
using Scope = provider::Outcome::Scope;
using Push = Verdict::Push;
using Device = Verdict::Device;
using Credential = Verdict::Credential;
using Origin = Verdict::Origin;

namespace {

constexpr util::Milliseconds kHour = std::chrono::hours(1);
constexpr util::WallTime kNow{1'000 * kHour};
constexpr util::Milliseconds kMinute = std::chrono::minutes(1);

provider::Outcome outcome(Result result) {
    provider::Outcome made;
    made.result = result;
    return made;
}
provider::Outcome retry(Scope scope, util::Milliseconds asked = {}, util::Milliseconds least = {}) {
    provider::Outcome made = outcome(Result::Retry);
    made.scope = scope;
    made.retry_after = asked;
    made.backoff = least;
    return made;
}
provider::Outcome deadSince(util::WallTime when) {
    provider::Outcome made = outcome(Result::TokenDead);
    made.dead_since = when;
    return made;
}

Facts with(void (*change)(Facts&)) {
    Facts facts;
    facts.token_at = kNow - 2 * kHour;
    change(facts);
    return facts;
}
const auto kPlain = [](Facts&) {};
const auto kPaused = [](Facts& f) { f.paused = true; };
const auto kProbe = [](Facts& f) { f.paused = f.guard_probe = true; };
const auto kDevicesOrigin = [](Facts& f) { f.networks_own = false; };

struct Row {
    std::string rule;
    provider::Outcome outcome;
    Facts facts;
    Push push;
    Device device;
    Credential credential;
    Origin origin = Origin::Works;
};

// In the order of docs/decisions/when-a-push-network-says-no.md.
const Row kRows[] = {
    // Good: delivered, or a token explicitly dead.
    {"1: delivered", outcome(Result::Delivered), with(kPlain), Push::Delivered, Device::Well,
     Credential::Good},
    {"1: a delivered probe", outcome(Result::Delivered), with(kProbe), Push::Delivered,
     Device::Well, Credential::Good},
    {"1: explicitly dead", outcome(Result::TokenDead), with(kPlain), Push::Keep, Device::Dead,
     Credential::Good},
    {"1: rejected says nothing of the credential", outcome(Result::Rejected), with(kPlain),
     Push::Dropped, Device::AsBefore, Credential::AsBefore},
    {"1: retry says nothing of the credential", retry(Scope::Device), with(kPlain), Push::Keep,
     Device::Wait, Credential::AsBefore},

    // Foreign.
    {"2: foreign, never delivered to, another device was good within the hour",
     outcome(Result::TokenForeign), with([](Facts& f) { f.other_was_good = true; }), Push::Keep,
     Device::Dead, Credential::AsBefore},
    {"2: foreign, delivered to before, another device was good before that word",
     outcome(Result::TokenForeign), with([](Facts& f) { f.proven = f.other_was_good = true; }),
     Push::Keep, Device::Wait, Credential::Suspect},
    {"2: foreign again, delivered to before, another device was good since the first word",
     outcome(Result::TokenForeign),
     with([](Facts& f) { f.proven = f.other_was_good = f.other_good_since = true; }), Push::Keep,
     Device::Dead, Credential::AsBefore},
    {"2: foreign, the third suspect, all delivered to before and others good before that",
     outcome(Result::TokenForeign), with([](Facts& f) {
         f.proven = f.other_was_good = true;
         f.suspects = 3;
     }),
     Push::Keep, Device::AsBefore, Credential::Pause},
    {"2: foreign, the first suspect", outcome(Result::TokenForeign), with(kPlain), Push::Keep,
     Device::Wait, Credential::Suspect},
    {"2: foreign, the second suspect", outcome(Result::TokenForeign),
     with([](Facts& f) { f.suspects = 2; }), Push::Keep, Device::Wait, Credential::Suspect},
    {"2: foreign, the third suspect", outcome(Result::TokenForeign),
     with([](Facts& f) { f.suspects = 3; }), Push::Keep, Device::AsBefore, Credential::Pause},

    // Refused.
    {"3: the credential is refused", outcome(Result::CredentialRefused), with(kPlain), Push::Keep,
     Device::AsBefore, Credential::Pause},
    {"3: the authorization is refused once", outcome(Result::Reauthorize), with(kPlain), Push::Keep,
     Device::AsBefore, Credential::Reauthorize},
    {"3: the authorization is refused twice running", outcome(Result::Reauthorize),
     with([](Facts& f) { f.reauthorizing = true; }), Push::Keep, Device::AsBefore,
     Credential::Pause},
    {"3: an authorization is refused that is dropped already", outcome(Result::Reauthorize),
     with([](Facts& f) {
         f.reauthorizing = true;
         f.authorization_current = false;
     }),
     Push::Keep, Device::AsBefore, Credential::AsBefore},

    // Paused.
    {"4: foreign, sent before the pause", outcome(Result::TokenForeign), with(kPaused), Push::Keep,
     Device::AsBefore, Credential::AsBefore},
    {"4: refused, sent before the pause", outcome(Result::CredentialRefused), with(kPaused),
     Push::Keep, Device::AsBefore, Credential::AsBefore},
    {"4: delivered, sent before the pause", outcome(Result::Delivered), with(kPaused),
     Push::Delivered, Device::Well, Credential::Good},

    // The probe.
    {"5: the probe is foreign", outcome(Result::TokenForeign), with(kProbe), Push::Keep,
     Device::Wait, Credential::ProbeRefused},
    {"5: the probe is refused", outcome(Result::CredentialRefused), with(kProbe), Push::Keep,
     Device::AsBefore, Credential::ProbeRefused},
    {"5: the probe's authorization is refused", outcome(Result::Reauthorize), with(kProbe),
     Push::Keep, Device::AsBefore, Credential::ProbeRefused},
    {"5: the probe is to be retried", retry(Scope::Device), with(kProbe), Push::Keep, Device::Wait,
     Credential::ProbeUndecided},
    {"5: the probe is to be retried later by the credential", retry(Scope::Credential, kMinute),
     with(kProbe), Push::Keep, Device::AsBefore, Credential::ProbeUndecided},
    {"5: the probe is rejected", outcome(Result::Rejected), with(kProbe), Push::Dropped,
     Device::AsBefore, Credential::ProbeUndecided},

    // Dead.
    {"7: dead since after the token came", deadSince(kNow - kHour), with(kPlain), Push::Keep,
     Device::Dead, Credential::Good},
    {"7: dead since before the token came", deadSince(kNow - 3 * kHour), with(kPlain), Push::Keep,
     Device::Wait, Credential::Good},
    {"7: the second such word after an hour", deadSince(kNow - 3 * kHour),
     with([](Facts& f) { f.first_410_at = kNow - kHour; }), Push::Keep, Device::Dead,
     Credential::Good},
    {"7: the second such word within the hour", deadSince(kNow - 3 * kHour),
     with([](Facts& f) { f.first_410_at = kNow - kHour + util::Milliseconds(1); }), Push::Keep,
     Device::Wait, Credential::Good},

    // Retry.
    {"8: a retry of the credential", retry(Scope::Credential, kMinute), with(kPlain), Push::Keep,
     Device::AsBefore, Credential::SlowDown},
    {"8: a retry of the credential while it is held", retry(Scope::Credential),
     with([](Facts& f) { f.held = true; }), Push::Keep, Device::AsBefore, Credential::AsBefore},
    {"8: a retry of the origin", retry(Scope::Origin), with(kPlain), Push::Keep, Device::Wait,
     Credential::AsBefore, Origin::Fails},
    {"8: a retry of the origin, which names a time", retry(Scope::Origin, kMinute), with(kPlain),
     Push::Keep, Device::Wait, Credential::AsBefore, Origin::Hold},

    // An origin that a device named is no witness of the credential.
    {"10: delivered by a device's origin", outcome(Result::Delivered), with(kDevicesOrigin),
     Push::Delivered, Device::Well, Credential::AsBefore},
    {"10: dead at a device's origin", outcome(Result::TokenDead), with(kDevicesOrigin), Push::Keep,
     Device::Dead, Credential::AsBefore},
    {"10: foreign at a device's origin", outcome(Result::TokenForeign), with([](Facts& f) {
         f.networks_own = false;
         f.suspects = 3;
     }),
     Push::Keep, Device::Wait, Credential::AsBefore},
    {"10: refused by a device's origin", outcome(Result::CredentialRefused), with(kDevicesOrigin),
     Push::Keep, Device::Wait, Credential::AsBefore},
    {"10: the authorization is refused by a device's origin", outcome(Result::Reauthorize),
     with(kDevicesOrigin), Push::Keep, Device::Wait, Credential::AsBefore},
    {"10: a device's origin asks the credential to slow down", retry(Scope::Credential, kMinute),
     with(kDevicesOrigin), Push::Keep, Device::Wait, Credential::AsBefore},
};

}  // namespace

TEST_CASE("every rule of when a push network says no", "[row:GUARD-1][row:GUARD-2][row:GUARD-5]") {
    for (const Row& row : kRows) {
        INFO(row.rule);
        const Verdict made = verdict(row.outcome, row.facts, kNow);
        CHECK(made.push == row.push);
        CHECK(made.device == row.device);
        CHECK(made.credential == row.credential);
        CHECK(made.origin == row.origin);
    }
}

TEST_CASE("the word that a token is foreign is remembered, and a proven one waits a minute",
          "[row:GUARD-2]") {
    const Verdict first =
        verdict(outcome(Result::TokenForeign), with([](Facts& f) { f.proven = true; }), kNow);
    CHECK(first.called_foreign);
    CHECK(first.device_pause == Pause{{}, kMinute});
    CHECK_FALSE(verdict(outcome(Result::TokenForeign), with(kPaused), kNow).called_foreign);
    CHECK_FALSE(verdict(outcome(Result::TokenForeign), with(kDevicesOrigin), kNow).called_foreign);
    CHECK_FALSE(verdict(outcome(Result::TokenDead), with(kPlain), kNow).called_foreign);
}

TEST_CASE("a refused credential or authorization is not presented again") {
    CHECK(verdict(outcome(Result::CredentialRefused), with(kPlain), kNow).new_authorization);
    CHECK(verdict(outcome(Result::Reauthorize), with(kPlain), kNow).new_authorization);
    CHECK(verdict(outcome(Result::Reauthorize), with(kProbe), kNow).new_authorization);
    CHECK_FALSE(verdict(outcome(Result::CredentialRefused), with(kPaused), kNow).new_authorization);
    CHECK_FALSE(verdict(outcome(Result::TokenForeign), with(kPlain), kNow).new_authorization);
    CHECK_FALSE(
        verdict(outcome(Result::CredentialRefused), with(kDevicesOrigin), kNow).new_authorization);
}

TEST_CASE("any other word means that the authorization in use is accepted") {
    CHECK(verdict(retry(Scope::Device), with(kPlain), kNow).authorization_works);
    CHECK_FALSE(verdict(outcome(Result::Reauthorize), with(kPlain), kNow).authorization_works);
    const Facts earlier = with([](Facts& f) { f.authorization_current = false; });
    CHECK_FALSE(verdict(outcome(Result::Delivered), earlier, kNow).authorization_works);
}

TEST_CASE("the first word that a token is dead is remembered, a second is not the first") {
    CHECK(verdict(deadSince(kNow - 3 * kHour), with(kPlain), kNow).first_410);
    const Facts second = with([](Facts& f) { f.first_410_at = kNow - kMinute; });
    CHECK_FALSE(verdict(deadSince(kNow - 3 * kHour), second, kNow).first_410);
    CHECK_FALSE(verdict(deadSince(kNow - kHour), with(kPlain), kNow).first_410);
}

TEST_CASE("a network's own word on when to come again is obeyed, for an hour at most") {
    const auto asked = [](util::Milliseconds after) {
        return verdict(retry(Scope::Device, after), with(kPlain), kNow).device_pause.asked;
    };
    CHECK(asked(kMinute) == kMinute);
    CHECK(asked(5 * kHour) == kHour);
    CHECK(asked(-kMinute) == util::Milliseconds(0));
    CHECK(verdict(retry(Scope::Device, {}, kMinute), with(kPlain), kNow).device_pause ==
          Pause{{}, kMinute});
    CHECK(verdict(retry(Scope::Credential, kMinute), with(kPlain), kNow).credential_pause ==
          Pause{kMinute, {}});
    CHECK(verdict(retry(Scope::Origin, kMinute), with(kPlain), kNow).origin_pause == kMinute);
}

TEST_CASE("a pause that the origin caused ends with it, unless the network named one for each push",
          "[row:RETRY-2]") {
    CHECK(verdict(retry(Scope::Origin), with(kPlain), kNow).origins_doing);
    CHECK_FALSE(verdict(retry(Scope::Origin, {}, kMinute), with(kPlain), kNow).origins_doing);
    CHECK_FALSE(verdict(retry(Scope::Device), with(kPlain), kNow).origins_doing);
}

TEST_CASE("the connection that answered is given up if the network says so") {
    provider::Outcome made = retry(Scope::Device);
    CHECK_FALSE(verdict(made, with(kPlain), kNow).new_connection);
    made.new_connection = true;
    CHECK(verdict(made, with(kPlain), kNow).new_connection);
}

TEST_CASE("after a probe that failed the next one goes out over another connection",
          "[row:RETRY-7]") {
    const Facts gate_probe = with([](Facts& f) { f.gate_probe = true; });
    const Facts guard_probe = with(kProbe);
    CHECK(verdict(retry(Scope::Origin), gate_probe, kNow).new_connection);
    CHECK(verdict(retry(Scope::Origin, kMinute), gate_probe, kNow).new_connection);
    CHECK(verdict(outcome(Result::CredentialRefused), guard_probe, kNow).new_connection);
    CHECK(verdict(retry(Scope::Device), guard_probe, kNow).new_connection);
    CHECK(noAnswer(engine::Failure::Timeout, gate_probe).new_connection);
    CHECK(noAnswer(engine::Failure::Timeout, guard_probe).new_connection);

    CHECK_FALSE(verdict(outcome(Result::Delivered), gate_probe, kNow).new_connection);
    CHECK_FALSE(verdict(outcome(Result::Delivered), guard_probe, kNow).new_connection);
    CHECK_FALSE(verdict(retry(Scope::Origin), with(kPlain), kNow).new_connection);
    CHECK_FALSE(noAnswer(engine::Failure::Timeout, with(kPlain)).new_connection);
}

TEST_CASE("without a connection the origin is unreachable, and no device has failed") {
    for (const engine::Failure failure : {engine::Failure::Connect, engine::Failure::Tls}) {
        const Verdict made = noAnswer(failure, with(kPlain));
        CHECK(made.origin == Origin::Unreachable);
        CHECK(made.device == Device::AsBefore);
        CHECK(made.push == Push::Keep);
        CHECK(made.credential == Credential::AsBefore);
    }
}

TEST_CASE("a device waits for the server that it named, whose gate may be forgotten meanwhile") {
    const Verdict made = noAnswer(engine::Failure::Connect, with(kDevicesOrigin));
    CHECK(made.origin == Origin::Unreachable);
    CHECK(made.device == Device::Wait);
    CHECK(made.origins_doing);
    CHECK(made.credential == Credential::AsBefore);
}

TEST_CASE("an address that may not be connected to is the device's trouble alone",
          "[row:ORIGIN-5]") {
    const Verdict made = noAnswer(engine::Failure::Forbidden, with(kDevicesOrigin));
    CHECK(made.origin == Origin::AsBefore);
    CHECK(made.device == Device::Wait);
    CHECK(made.device_pause.least >= std::chrono::minutes(30));
    CHECK(made.push == Push::Keep);
    CHECK(made.credential == Credential::AsBefore);
}

TEST_CASE("this machine's own lack of connections is no origin's fault", "[row:ORIGIN-6]") {
    const Verdict made = noAnswer(engine::Failure::Crowded, with(kDevicesOrigin));
    CHECK(made.origin == Origin::AsBefore);
    CHECK(made.device == Device::Wait);
    CHECK(made.push == Push::Keep);
    CHECK(made.credential == Credential::AsBefore);
}

TEST_CASE("a request that the engine cannot send is dropped, and nobody else's trouble") {
    const Verdict made = noAnswer(engine::Failure::Malformed, with(kPlain));
    CHECK(made.push == Push::Dropped);
    CHECK(made.origin == Origin::AsBefore);
    CHECK(made.device == Device::AsBefore);
}

TEST_CASE("a push without an answer waits, at the latest until the origin works again") {
    for (const engine::Failure failure : {engine::Failure::Lost, engine::Failure::Timeout,
                                          engine::Failure::Refused, engine::Failure::Shutdown}) {
        const Verdict made = noAnswer(failure, with(kPlain));
        CHECK(made.origin == Origin::Fails);
        CHECK(made.device == Device::Wait);
        CHECK(made.origins_doing);
        CHECK(made.push == Push::Keep);
    }
    CHECK(noAnswer(engine::Failure::Lost, with(kProbe)).credential == Credential::ProbeUndecided);
}

TEST_CASE("6: an answer to an earlier upload's push says nothing of the new one", "[row:GUARD-6]") {
    provider::Outcome outcome;
    outcome.result = Result::Delivered;
    CHECK(superseded(outcome).push == Push::Delivered);
    for (const Result result : {Result::Retry, Result::TokenDead, Result::TokenForeign,
                                Result::CredentialRefused, Result::Reauthorize, Result::Rejected}) {
        outcome.result = result;
        const Verdict made = superseded(outcome);
        CHECK(made.push == Push::Keep);
        CHECK(made.device == Device::AsBefore);
        CHECK(made.credential == Credential::AsBefore);
        CHECK(made.origin == Origin::AsBefore);
    }
}
