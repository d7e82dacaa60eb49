// SPDX-License-Identifier: Apache-2.0
// Verdicts on pushes without an answer that counts: none came, or it is an earlier upload's.
#include "unit/dispatch/verdict_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using namespace postbell::testing;
using engine::Failure;
using Push = Verdict::Push;
using Device = Verdict::Device;
using Credential = Verdict::Credential;
using Origin = Verdict::Origin;

namespace {

constexpr PushFacts kDevicesOrigin{.networks_own = false};
constexpr Failure kFailures[] = {Failure::Connect, Failure::Tls,       Failure::Lost,
                                 Failure::Timeout, Failure::Refused,   Failure::Shutdown,
                                 Failure::Crowded, Failure::Forbidden, Failure::Malformed};

const Verdict kForbidden{.device = Device::Wait, .device_pause = {{}, kHour}};

struct Silence {
    Failure failure;
    PushFacts push;
    Verdict meant;
};
const Verdict kFails{.device = Device::Wait, .origin = Origin::Fails, .origins_doing = true};
const Silence kSilences[] = {
    {Failure::Connect, {}, {.origin = Origin::Unreachable}},
    {Failure::Tls, {}, {.origin = Origin::Unreachable}},
    {Failure::Connect,
     kDevicesOrigin,
     {.device = Device::Wait, .origin = Origin::Unreachable, .origins_doing = true}},
    {Failure::Lost, {}, kFails},
    {Failure::Timeout, {}, kFails},
    {Failure::Refused, {}, kFails},
    {Failure::Shutdown, {}, kFails},
    {Failure::Crowded, {}, {.device = Device::Wait}},
    {Failure::Forbidden, kDevicesOrigin, kForbidden},
    {Failure::Malformed, {}, {.push = Push::Dropped}},
};

}  // namespace

TEST_CASE("11: every way in which there is no answer", "[row:RULE-11][row:ORIGIN-6]") {
    for (const Silence& row : kSilences) {
        INFO("failure " << static_cast<int>(row.failure));
        checkSame(noAnswer(row.failure, row.push), row.meant);
    }
}

TEST_CASE("6: a probe that could not be sent decides nothing, and another push says nothing",
          "[row:RULE-6]") {
    checkSame(notSent({.probe_of = {.guard = true}, .paused = true}),
              {.credential = Credential::ProbeUndecided});
    checkSame(notSent({}), {});
}

TEST_CASE("6: a probe without an answer decides nothing, and the next one takes another connection",
          "[row:RULE-6][row:RETRY-7]") {
    for (const Failure failure : kFailures) {
        INFO("failure " << static_cast<int>(failure));
        const Verdict of_guard = noAnswer(failure, {.probe_of = {.guard = true}, .paused = true});
        CHECK(of_guard.credential == Credential::ProbeUndecided);
        CHECK(of_guard.new_connection);
        CHECK(noAnswer(failure, {.probe_of = {.gate = true}}).new_connection);
        CHECK_FALSE(noAnswer(failure, {}).new_connection);
    }
}

TEST_CASE("12: a probe to an origin that a device named opens the credential without an answer",
          "[row:RULE-12]") {
    for (const Failure failure : kFailures)
        CHECK(
            noAnswer(failure, {.probe_of = {.guard = true}, .networks_own = false, .paused = true})
                .credential == Credential::Authorized);
}

TEST_CASE("11: an origin that may not be pushed to is tried again in an hour, as its address is",
          "[row:RULE-11][row:ORIGIN-5]") {
    checkSame(originForbidden(), kForbidden);
}

TEST_CASE("7: an answer to an earlier upload's push says nothing of the new one", "[row:RULE-7]") {
    struct Late {
        Result result;
        Verdict meant;
    };
    const Late rows[] = {
        {Result::Delivered, {.push = Push::Delivered}},
        {Result::Retry, {}},
        {Result::TokenDead, {}},
        {Result::TokenForeign, {}},
        {Result::CredentialRefused, {}},
        {Result::Reauthorize, {}},
        {Result::Rejected, {}},
    };
    for (const Late& row : rows) {
        INFO("result " << static_cast<int>(row.result));
        checkSame(superseded(outcome(row.result)), row.meant);
    }
}
