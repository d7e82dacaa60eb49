// SPDX-License-Identifier: Apache-2.0
// The rules 1 to 6 of docs/decisions/when-a-push-network-says-no.md: words on the credential.
#include "unit/dispatch/verdict_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using namespace postbell::testing;
using Push = Verdict::Push;
using Device = Verdict::Device;
using Authorization = Verdict::Authorization;
using Credential = Verdict::Credential;

namespace {

constexpr PushFacts kPaused{.paused = true};
constexpr PushFacts kProbe{.probe_of = {.guard = true}, .paused = true};

Verdict strangerAgain(util::Milliseconds pause) {
    return accepted({.device = Device::Wait,
                     .credential = Credential::Stranger,
                     .device_pause = {pause, {}},
                     .called_foreign = true});
}
const Verdict kFirstStranger = accepted({.device = Device::Wait,
                                         .credential = Credential::Stranger,
                                         .device_pause = {10 * kMinute, {}},
                                         .first_foreign = true,
                                         .called_foreign = true});
const Verdict kDeadStranger =
    accepted({.device = Device::Dead, .credential = Credential::Stranger, .called_foreign = true});
const Verdict kSuspect = accepted({.device = Device::Wait,
                                   .credential = Credential::Suspect,
                                   .device_pause = {{}, kMinute},
                                   .called_foreign = true});

}  // namespace

TEST_CASE("a delivered push, or a proven token explicitly dead, is good", "[row:RULE-1]") {
    const Row rows[] = {
        {"1: delivered", outcome(Result::Delivered), {}, {}, kGoodWitness},
        {"1: a delivered probe", outcome(Result::Delivered), kProbe, {}, kGoodWitness},
        {"1: a proven token is explicitly dead",
         outcome(Result::TokenDead),
         {},
         kProven,
         accepted({.device = Device::Dead, .credential = Credential::Good})},
        {"1: a token that was never delivered to is explicitly dead",
         outcome(Result::TokenDead),
         {},
         {},
         accepted({.device = Device::Dead})},
        {"1: a probe finds a proven token explicitly dead", outcome(Result::TokenDead), kProbe,
         kProven, accepted({.device = Device::Dead, .credential = Credential::Good})},
        {"1: a proven token is explicitly dead, sent before the pause", outcome(Result::TokenDead),
         kPaused, kProven, accepted({.device = Device::Dead, .credential = Credential::Good})},
        {"1: rejected says nothing of the credential",
         outcome(Result::Rejected),
         {},
         kProven,
         answered({.push = Push::Dropped})},
        {"1: retry says nothing of the credential",
         retry(Scope::Device),
         {},
         kProven,
         answered({.device = Device::Wait})},
    };
    check(rows);
}

TEST_CASE("foreign says nothing of the credential for a token that was never delivered to",
          "[row:RULE-2][row:RULE-8]") {
    const Row rows[] = {
        {"2: foreign, never delivered to", outcome(Result::TokenForeign), {}, {}, kFirstStranger},
        {"2: the second word, a witness was good in between",
         outcome(Result::TokenForeign),
         {},
         {.foreign_words = 2, .first_foreign_at = kNow - kHour, .other_good_since = true},
         strangerAgain(20 * kMinute)},
        {"2: the third word, a witness was good in between",
         outcome(Result::TokenForeign),
         {},
         {.foreign_words = 3, .first_foreign_at = kNow - kHour, .other_good_since = true},
         kDeadStranger},
        {"2: the third word, nobody was good in between",
         outcome(Result::TokenForeign),
         {},
         {.foreign_words = 3, .first_foreign_at = kNow - kHour},
         strangerAgain(40 * kMinute)},
        {"2: words for a week, nobody was good in between",
         outcome(Result::TokenForeign),
         {},
         {.foreign_words = 3, .first_foreign_at = kNow - kWeek},
         kDeadStranger},
        {"2: the second word since the start, a week after the first",
         outcome(Result::TokenForeign),
         {},
         {.foreign_words = 2, .first_foreign_at = kNow - kWeek},
         strangerAgain(20 * kMinute)},
        {"2: foreign, never delivered to, while there are suspects",
         outcome(Result::TokenForeign),
         {},
         {.suspects = 3},
         kFirstStranger},
    };
    check(rows);
}

TEST_CASE("a witness that is foreign is a suspect, and dead once another was good",
          "[row:RULE-3]") {
    const Row rows[] = {
        {"3: foreign, proven, another witness was good before that word",
         outcome(Result::TokenForeign),
         {},
         kProven,
         kSuspect},
        {"3: foreign again, another witness was good since the first word",
         outcome(Result::TokenForeign),
         {},
         {.proven = true, .other_good_since = true},
         accepted({.device = Device::Dead, .called_foreign = true})},
        {"3: foreign, the second suspect",
         outcome(Result::TokenForeign),
         {},
         {.proven = true, .suspects = 2},
         kSuspect},
        {"3: foreign, the third suspect",
         outcome(Result::TokenForeign),
         {},
         {.proven = true, .suspects = 3},
         accepted({.credential = Credential::Pause, .called_foreign = true})},
    };
    check(rows);
}

TEST_CASE("a credential that is refused is paused, an authorization renewed once before",
          "[row:RULE-4]") {
    const Row rows[] = {
        {"4: the credential is refused",
         outcome(Result::CredentialRefused),
         {},
         {},
         answered({.credential = Credential::Pause, .authorization = Authorization::RenewEarly})},
        {"4: the authorization is refused once",
         outcome(Result::Reauthorize),
         {},
         {},
         answered({.authorization = Authorization::Drop})},
        {"4: the authorization is refused twice running",
         outcome(Result::Reauthorize),
         {.reauthorizing = true},
         {},
         answered({.credential = Credential::Pause, .authorization = Authorization::RenewEarly})},
        {"4: an authorization is refused that is dropped already",
         outcome(Result::Reauthorize),
         {.authorization_current = false, .reauthorizing = true},
         {},
         answered({})},
        {"4: a delivery with an authorization that is dropped already does not accept the next one",
         outcome(Result::Delivered),
         {.authorization_current = false},
         {},
         answered({.push = Push::Delivered,
                   .device = Device::Well,
                   .credential = Credential::Good,
                   .proves_token = true})},
    };
    check(rows);
}

TEST_CASE("what was sent before a pause says nothing new, unless it is good", "[row:RULE-5]") {
    const Row rows[] = {
        {"5: foreign, proven, sent before the pause", outcome(Result::TokenForeign), kPaused,
         kProven, accepted({})},
        {"5: refused, sent before the pause",
         outcome(Result::CredentialRefused),
         kPaused,
         {},
         answered({})},
        {"5: the authorization is refused, sent before the pause",
         outcome(Result::Reauthorize),
         kPaused,
         {},
         answered({})},
        {"5: delivered, sent before the pause",
         outcome(Result::Delivered),
         kPaused,
         {},
         kGoodWitness},
        {"5: foreign, never delivered to, sent before the pause",
         outcome(Result::TokenForeign),
         kPaused,
         {},
         kFirstStranger},
        {"5: a retry of the credential, sent before the pause",
         retry(Scope::Credential, kMinute),
         kPaused,
         {},
         answered({})},
    };
    check(rows);
}

TEST_CASE("a probe that is not good keeps the credential paused", "[row:RULE-6][row:RETRY-7]") {
    const Row rows[] = {
        {"6: the probe is a witness and foreign", outcome(Result::TokenForeign), kProbe, kProven,
         accepted({.device = Device::Wait,
                   .credential = Credential::ProbeRefused,
                   .called_foreign = true,
                   .new_connection = true})},
        {"6: the probe is no witness and foreign",
         outcome(Result::TokenForeign),
         kProbe,
         {},
         accepted({.device = Device::Wait,
                   .credential = Credential::ProbeUndecided,
                   .device_pause = Pause{10 * kMinute, {}},
                   .first_foreign = true,
                   .called_foreign = true,
                   .new_connection = true})},
        {"6: the probe is no witness and explicitly dead",
         outcome(Result::TokenDead),
         kProbe,
         {},
         accepted({.device = Device::Dead,
                   .credential = Credential::ProbeUndecided,
                   .new_connection = true})},
        {"6: the probe is refused",
         outcome(Result::CredentialRefused),
         kProbe,
         {},
         answered({.credential = Credential::ProbeRefused,
                   .authorization = Authorization::RenewEarly,
                   .new_connection = true})},
        {"6: the probe's authorization is refused",
         outcome(Result::Reauthorize),
         kProbe,
         {},
         answered({.credential = Credential::ProbeRefused,
                   .authorization = Authorization::RenewEarly,
                   .new_connection = true})},
        {"6: the probe is to be retried",
         retry(Scope::Device),
         kProbe,
         {},
         answered({.device = Device::Wait,
                   .credential = Credential::ProbeUndecided,
                   .new_connection = true})},
        {"6: the probe is to be retried later by the credential",
         retry(Scope::Credential, kMinute),
         kProbe,
         {},
         answered({.credential = Credential::ProbeUndecided, .new_connection = true})},
        {"6: the probe is rejected",
         outcome(Result::Rejected),
         kProbe,
         {},
         answered({.push = Push::Dropped,
                   .credential = Credential::ProbeUndecided,
                   .new_connection = true})},
    };
    check(rows);
}
