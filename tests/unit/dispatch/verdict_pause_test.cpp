// SPDX-License-Identifier: Apache-2.0
// The pauses of verdicts, and the connections that they give up.
#include "unit/dispatch/verdict_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using namespace postbell::testing;

TEST_CASE("a foreign token that was never delivered to waits ten minutes, doubling to a day",
          "[row:RULE-2]") {
    const auto pause = [](std::uint32_t words) {
        return verdictOn(outcome(Result::TokenForeign), {}, {.foreign_words = words}).device_pause;
    };
    CHECK(pause(1) == Pause{10 * kMinute, {}});
    CHECK(pause(2) == Pause{20 * kMinute, {}});
    CHECK(pause(8) == Pause{1'280 * kMinute, {}});
    CHECK(pause(9) == Pause{24 * kHour, {}});
    CHECK(pause(4'000'000'000) == Pause{24 * kHour, {}});
}

TEST_CASE("a network's own word on when to come again is obeyed, for an hour at most") {
    const auto asked = [](Scope scope, util::Milliseconds after) {
        const Verdict made = verdictOn(retry(scope, after));
        return scope == Scope::Device       ? made.device_pause.asked
               : scope == Scope::Credential ? made.credential_pause.asked
                                            : made.origin_pause;
    };
    for (const Scope scope : {Scope::Device, Scope::Credential, Scope::Origin}) {
        CHECK(asked(scope, kMinute) == kMinute);
        CHECK(asked(scope, 5 * kHour) == kHour);
        CHECK(asked(scope, -kMinute) == util::Milliseconds(0));
    }
    CHECK(verdictOn(retry(Scope::Device, {}, kMinute)).device_pause == Pause{{}, kMinute});
    CHECK(verdictOn(retry(Scope::Device, {}, 5 * kHour)).device_pause == Pause{{}, kHour});
}

TEST_CASE("the connection that answered is given up if the network says so, with any outcome") {
    for (const Result result :
         {Result::Delivered, Result::Retry, Result::TokenDead, Result::TokenForeign,
          Result::CredentialRefused, Result::Reauthorize, Result::Rejected}) {
        provider::Outcome made = outcome(result);
        CHECK_FALSE(verdictOn(made).new_connection);
        made.new_connection = true;
        CHECK(verdictOn(made).new_connection);
    }
}
