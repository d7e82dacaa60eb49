// SPDX-License-Identifier: Apache-2.0
// The rules 9, 10 and 12 of docs/decisions/when-a-push-network-says-no.md: words on the device, on
// whom to slow down, and of origins that devices name.
#include "unit/dispatch/verdict_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using namespace postbell::testing;
using Push = Verdict::Push;
using Device = Verdict::Device;
using Credential = Verdict::Credential;
using Origin = Verdict::Origin;

namespace {

constexpr PushFacts kDevicesOrigin{.networks_own = false};

}  // namespace

TEST_CASE("a device is dead if its token is older than the word, or at the second word",
          "[row:RULE-9]") {
    const Row rows[] = {
        {"9: dead since after the token came",
         deadSince(kNow - kHour),
         {},
         kProven,
         accepted({.device = Device::Dead, .credential = Credential::Good})},
        {"9: dead since before the token came",
         deadSince(kNow - 3 * kHour),
         {},
         kProven,
         accepted({.device = Device::Wait, .credential = Credential::Good, .first_410 = true})},
        {"9: the second such word after an hour",
         deadSince(kNow - 3 * kHour),
         {},
         {.proven = true, .first_410_at = kNow - kHour},
         accepted({.device = Device::Dead, .credential = Credential::Good})},
        {"9: the second such word within the hour",
         deadSince(kNow - 3 * kHour),
         {},
         {.proven = true, .first_410_at = kNow - kHour + util::Milliseconds(1)},
         accepted({.device = Device::Wait, .credential = Credential::Good})},
        {"9: a word after one of a clock that was ahead",
         deadSince(kNow - 3 * kHour),
         {},
         {.proven = true, .first_410_at = kNow + util::kDay},
         accepted({.device = Device::Wait, .credential = Credential::Good, .first_410 = true})},
    };
    check(rows);
}

TEST_CASE("a retry slows down whom the outcome names", "[row:RULE-10][row:RETRY-2][row:RETRY-7]") {
    const Row rows[] = {
        {"10: a retry of the credential",
         retry(Scope::Credential, kMinute),
         {},
         {},
         answered({.credential = Credential::SlowDown, .credential_pause = {kMinute, {}}})},
        {"10: a retry of the credential while it is slowed down",
         retry(Scope::Credential),
         {.slowed = true},
         {},
         answered({})},
        {"10: a retry of the credential while it is slowed down, which names a time",
         retry(Scope::Credential, kMinute),
         {.slowed = true},
         {},
         answered({.credential = Credential::SlowDown, .credential_pause = {kMinute, {}}})},
        {"10: a retry of the origin",
         retry(Scope::Origin),
         {},
         {},
         {.device = Device::Wait, .origin = Origin::Fails, .origins_doing = true}},
        {"10: a retry of the origin, which names a time",
         retry(Scope::Origin, kMinute),
         {},
         {},
         {.device = Device::Wait,
          .origin = Origin::Shut,
          .device_pause = {kMinute, {}},
          .origin_pause = kMinute,
          .origins_doing = true}},
        {"10: a retry of the origin, which names a pause for each push",
         retry(Scope::Origin, {}, kMinute),
         {},
         {},
         {.device = Device::Wait, .origin = Origin::Fails, .device_pause = {{}, kMinute}}},
        {"10: the gate's probe is to be retried by the origin",
         retry(Scope::Origin),
         {.probe_of = {.gate = true}},
         {},
         {.device = Device::Wait,
          .origin = Origin::Fails,
          .origins_doing = true,
          .new_connection = true}},
        {"10: the gate's probe is delivered",
         outcome(Result::Delivered),
         {.probe_of = {.gate = true}},
         {},
         kGoodWitness},
    };
    check(rows);
}

TEST_CASE("an origin that a device named says nothing of the credential", "[row:RULE-12]") {
    const Row rows[] = {
        {"12: delivered by a device's origin",
         outcome(Result::Delivered),
         kDevicesOrigin,
         {},
         answered({.push = Push::Delivered, .device = Device::Well})},
        {"12: dead at a device's origin", outcome(Result::TokenDead), kDevicesOrigin, kProven,
         answered({.device = Device::Dead})},
        {"12: foreign at a device's origin",
         outcome(Result::TokenForeign),
         kDevicesOrigin,
         {.suspects = 3},
         answered({.device = Device::Wait})},
        {"12: refused by a device's origin",
         outcome(Result::CredentialRefused),
         kDevicesOrigin,
         {},
         answered({.device = Device::Wait})},
        {"12: the authorization is refused by a device's origin",
         outcome(Result::Reauthorize),
         kDevicesOrigin,
         {},
         answered({.device = Device::Wait})},
        {"12: a device's origin asks the credential to slow down",
         retry(Scope::Credential, kMinute),
         kDevicesOrigin,
         {},
         answered({.device = Device::Wait, .device_pause = {kMinute, {}}})},
        {"12: a device's origin asks its device to slow down",
         retry(Scope::Device, kMinute),
         kDevicesOrigin,
         {},
         answered({.device = Device::Wait, .device_pause = {kMinute, {}}})},
        {"12: a device's origin is busy",
         retry(Scope::Origin),
         kDevicesOrigin,
         {},
         {.device = Device::Wait, .origin = Origin::Fails, .origins_doing = true}},
        {"12: dead before the token came, at a device's origin", deadSince(kNow - 3 * kHour),
         kDevicesOrigin, kProven, answered({.device = Device::Wait, .first_410 = true})},
    };
    check(rows);
}

TEST_CASE("a probe to a device's origin left with an authorization, and opens the credential",
          "[row:RULE-12]") {
    constexpr PushFacts kProbe{.probe_of = {.guard = true}, .networks_own = false, .paused = true};
    const Row rows[] = {
        {"12: the probe is delivered",
         outcome(Result::Delivered),
         kProbe,
         {},
         answered({.push = Push::Delivered,
                   .device = Device::Well,
                   .credential = Credential::Authorized})},
        {"12: the probe is to be retried",
         retry(Scope::Device),
         kProbe,
         {},
         answered({.device = Device::Wait, .credential = Credential::Authorized})},
        {"12: the probe is refused",
         outcome(Result::CredentialRefused),
         kProbe,
         {},
         answered({.device = Device::Wait, .credential = Credential::Authorized})},
    };
    check(rows);
}
