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
constexpr util::Milliseconds kWeek = 7 * 24 * kHour;
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
const auto kProven = [](Facts& f) { f.proven = true; };
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
    // Good: delivered, or a proven token explicitly dead.
    {"1: delivered", outcome(Result::Delivered), with(kPlain), Push::Delivered, Device::Well,
     Credential::Good},
    {"1: a delivered probe", outcome(Result::Delivered), with(kProbe), Push::Delivered,
     Device::Well, Credential::Good},
    {"1: a proven token is explicitly dead", outcome(Result::TokenDead), with(kProven), Push::Keep,
     Device::Dead, Credential::Good},
    {"1: a token that was never delivered to is explicitly dead", outcome(Result::TokenDead),
     with(kPlain), Push::Keep, Device::Dead, Credential::AsBefore},
    {"1: rejected says nothing of the credential", outcome(Result::Rejected), with(kProven),
     Push::Dropped, Device::AsBefore, Credential::AsBefore},
    {"1: retry says nothing of the credential", retry(Scope::Device), with(kProven), Push::Keep,
     Device::Wait, Credential::AsBefore},

    // Never delivered to.
    {"2: foreign, never delivered to", outcome(Result::TokenForeign), with(kPlain), Push::Keep,
     Device::Wait, Credential::Stranger},
    {"2: the second word, a proven device was good in between", outcome(Result::TokenForeign),
     with([](Facts& f) {
         f.foreign_words = 2;
         f.other_good_since = true;
     }),
     Push::Keep, Device::Wait, Credential::Stranger},
    {"2: the third word, a proven device was good in between", outcome(Result::TokenForeign),
     with([](Facts& f) {
         f.foreign_words = 3;
         f.other_good_since = true;
     }),
     Push::Keep, Device::Dead, Credential::Stranger},
    {"2: the third word, nobody was good in between", outcome(Result::TokenForeign),
     with([](Facts& f) {
         f.foreign_words = 3;
         f.first_foreign_at = kNow - kHour;
     }),
     Push::Keep, Device::Wait, Credential::Stranger},
    {"2: words for a week, nobody was good in between", outcome(Result::TokenForeign),
     with([](Facts& f) {
         f.foreign_words = 3;
         f.first_foreign_at = kNow - kWeek;
     }),
     Push::Keep, Device::Dead, Credential::Stranger},
    {"2: the second word since the start, a week after the first", outcome(Result::TokenForeign),
     with([](Facts& f) {
         f.foreign_words = 2;
         f.first_foreign_at = kNow - kWeek;
     }),
     Push::Keep, Device::Wait, Credential::Stranger},
    {"2: foreign, never delivered to, while there are suspects", outcome(Result::TokenForeign),
     with([](Facts& f) { f.suspects = 3; }), Push::Keep, Device::Wait, Credential::Stranger},

    // Foreign.
    {"3: foreign, proven, another witness was good before that word", outcome(Result::TokenForeign),
     with(kProven), Push::Keep, Device::Wait, Credential::Suspect},
    {"3: foreign again, another witness was good since the first word",
     outcome(Result::TokenForeign), with([](Facts& f) { f.proven = f.other_good_since = true; }),
     Push::Keep, Device::Dead, Credential::AsBefore},
    {"3: foreign, the second suspect", outcome(Result::TokenForeign), with([](Facts& f) {
         f.proven = true;
         f.suspects = 2;
     }),
     Push::Keep, Device::Wait, Credential::Suspect},
    {"3: foreign, the third suspect", outcome(Result::TokenForeign), with([](Facts& f) {
         f.proven = true;
         f.suspects = 3;
     }),
     Push::Keep, Device::AsBefore, Credential::Pause},

    // Refused.
    {"4: the credential is refused", outcome(Result::CredentialRefused), with(kPlain), Push::Keep,
     Device::AsBefore, Credential::Pause},
    {"4: the authorization is refused once", outcome(Result::Reauthorize), with(kPlain), Push::Keep,
     Device::AsBefore, Credential::Reauthorize},
    {"4: the authorization is refused twice running", outcome(Result::Reauthorize),
     with([](Facts& f) { f.reauthorizing = true; }), Push::Keep, Device::AsBefore,
     Credential::Pause},
    {"4: an authorization is refused that is dropped already", outcome(Result::Reauthorize),
     with([](Facts& f) {
         f.reauthorizing = true;
         f.authorization_current = false;
     }),
     Push::Keep, Device::AsBefore, Credential::AsBefore},

    // Paused.
    {"5: foreign, proven, sent before the pause", outcome(Result::TokenForeign),
     with([](Facts& f) { f.paused = f.proven = true; }), Push::Keep, Device::AsBefore,
     Credential::AsBefore},
    {"5: refused, sent before the pause", outcome(Result::CredentialRefused), with(kPaused),
     Push::Keep, Device::AsBefore, Credential::AsBefore},
    {"5: the authorization is refused, sent before the pause", outcome(Result::Reauthorize),
     with(kPaused), Push::Keep, Device::AsBefore, Credential::AsBefore},
    {"5: delivered, sent before the pause", outcome(Result::Delivered), with(kPaused),
     Push::Delivered, Device::Well, Credential::Good},
    {"5: foreign, never delivered to, sent before the pause", outcome(Result::TokenForeign),
     with(kPaused), Push::Keep, Device::Wait, Credential::Stranger},

    // The probe.
    {"6: the probe is a witness and foreign", outcome(Result::TokenForeign),
     with([](Facts& f) { f.paused = f.guard_probe = f.proven = true; }), Push::Keep, Device::Wait,
     Credential::ProbeRefused},
    {"6: the probe is no witness and foreign", outcome(Result::TokenForeign), with(kProbe),
     Push::Keep, Device::Wait, Credential::ProbeUndecided},
    {"6: the probe is no witness and explicitly dead", outcome(Result::TokenDead), with(kProbe),
     Push::Keep, Device::Dead, Credential::ProbeUndecided},
    {"6: the probe is refused", outcome(Result::CredentialRefused), with(kProbe), Push::Keep,
     Device::AsBefore, Credential::ProbeRefused},
    {"6: the probe's authorization is refused", outcome(Result::Reauthorize), with(kProbe),
     Push::Keep, Device::AsBefore, Credential::ProbeRefused},
    {"6: the probe is to be retried", retry(Scope::Device), with(kProbe), Push::Keep, Device::Wait,
     Credential::ProbeUndecided},
    {"6: the probe is to be retried later by the credential", retry(Scope::Credential, kMinute),
     with(kProbe), Push::Keep, Device::AsBefore, Credential::ProbeUndecided},
    {"6: the probe is rejected", outcome(Result::Rejected), with(kProbe), Push::Dropped,
     Device::AsBefore, Credential::ProbeUndecided},

    // Dead.
    {"9: dead since after the token came", deadSince(kNow - kHour), with(kProven), Push::Keep,
     Device::Dead, Credential::Good},
    {"9: dead since before the token came", deadSince(kNow - 3 * kHour), with(kProven), Push::Keep,
     Device::Wait, Credential::Good},
    {"9: the second such word after an hour", deadSince(kNow - 3 * kHour), with([](Facts& f) {
         f.proven = true;
         f.first_410_at = kNow - kHour;
     }),
     Push::Keep, Device::Dead, Credential::Good},
    {"9: the second such word within the hour", deadSince(kNow - 3 * kHour), with([](Facts& f) {
         f.proven = true;
         f.first_410_at = kNow - kHour + util::Milliseconds(1);
     }),
     Push::Keep, Device::Wait, Credential::Good},

    // Retry.
    {"10: a retry of the credential", retry(Scope::Credential, kMinute), with(kPlain), Push::Keep,
     Device::AsBefore, Credential::SlowDown},
    {"10: a retry of the credential while it is held", retry(Scope::Credential),
     with([](Facts& f) { f.held = true; }), Push::Keep, Device::AsBefore, Credential::AsBefore},
    {"10: a retry of the origin", retry(Scope::Origin), with(kPlain), Push::Keep, Device::Wait,
     Credential::AsBefore, Origin::Fails},
    {"10: a retry of the origin, which names a time", retry(Scope::Origin, kMinute), with(kPlain),
     Push::Keep, Device::Wait, Credential::AsBefore, Origin::Hold},

    // An origin that a device named is no witness of the credential.
    {"12: delivered by a device's origin", outcome(Result::Delivered), with(kDevicesOrigin),
     Push::Delivered, Device::Well, Credential::AsBefore},
    {"12: dead at a device's origin", outcome(Result::TokenDead), with([](Facts& f) {
         f.networks_own = false;
         f.proven = true;
     }),
     Push::Keep, Device::Dead, Credential::AsBefore},
    {"12: foreign at a device's origin", outcome(Result::TokenForeign), with([](Facts& f) {
         f.networks_own = false;
         f.suspects = 3;
     }),
     Push::Keep, Device::Wait, Credential::AsBefore},
    {"12: refused by a device's origin", outcome(Result::CredentialRefused), with(kDevicesOrigin),
     Push::Keep, Device::Wait, Credential::AsBefore},
    {"12: the authorization is refused by a device's origin", outcome(Result::Reauthorize),
     with(kDevicesOrigin), Push::Keep, Device::Wait, Credential::AsBefore},
    {"12: a device's origin asks the credential to slow down", retry(Scope::Credential, kMinute),
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
    const Verdict first = verdict(outcome(Result::TokenForeign), with(kProven), kNow);
    CHECK(first.called_foreign);
    CHECK_FALSE(first.first_foreign);
    CHECK(first.device_pause == Pause{{}, kMinute});
    const Facts paused = with([](Facts& f) { f.paused = f.proven = true; });
    CHECK_FALSE(verdict(outcome(Result::TokenForeign), paused, kNow).called_foreign);
    CHECK_FALSE(verdict(outcome(Result::TokenForeign), with(kDevicesOrigin), kNow).called_foreign);
    CHECK_FALSE(verdict(outcome(Result::TokenDead), with(kPlain), kNow).called_foreign);
}

TEST_CASE("a foreign token that was never delivered to waits ten minutes, doubling to a day",
          "[row:GUARD-8]") {
    const auto pause = [](std::uint32_t words) {
        Facts facts;
        facts.foreign_words = words;
        return verdict(outcome(Result::TokenForeign), facts, kNow).device_pause;
    };
    CHECK(pause(1) == Pause{10 * kMinute, {}});
    CHECK(pause(2) == Pause{20 * kMinute, {}});
    CHECK(pause(8) == Pause{1'280 * kMinute, {}});
    CHECK(pause(9) == Pause{24 * kHour, {}});
    CHECK(pause(4'000'000'000) == Pause{24 * kHour, {}});
}

TEST_CASE("the first word about a token that was never delivered to is stored", "[row:GUARD-8]") {
    CHECK(verdict(outcome(Result::TokenForeign), with(kPlain), kNow).first_foreign);
    const Facts second = with([](Facts& f) { f.first_foreign_at = kNow - kMinute; });
    CHECK_FALSE(verdict(outcome(Result::TokenForeign), second, kNow).first_foreign);
}

TEST_CASE("a push that the network's own origin delivered makes its device a witness",
          "[row:GUARD-1]") {
    CHECK(verdict(outcome(Result::Delivered), with(kPlain), kNow).proves_token);
    CHECK_FALSE(verdict(outcome(Result::Delivered), with(kDevicesOrigin), kNow).proves_token);
    CHECK_FALSE(verdict(outcome(Result::TokenDead), with(kPlain), kNow).proves_token);
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

TEST_CASE("a delivered push and a word about its token mean that the authorization is accepted") {
    const auto works = [](const provider::Outcome& said) {
        return verdict(said, with(kPlain), kNow).authorization_works;
    };
    for (const Result result : {Result::Delivered, Result::TokenDead, Result::TokenForeign})
        CHECK(works(outcome(result)));
    for (const Result result : {Result::Reauthorize, Result::CredentialRefused, Result::Rejected})
        CHECK_FALSE(works(outcome(result)));
    for (const Scope scope : {Scope::Device, Scope::Credential, Scope::Origin})
        CHECK_FALSE(works(retry(scope)));
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

TEST_CASE("7: an answer to an earlier upload's push says nothing of the new one", "[row:GUARD-6]") {
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
