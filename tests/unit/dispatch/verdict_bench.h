// SPDX-License-Identifier: Apache-2.0
// The rules on answers as rows: a row names all that differs from a verdict without consequences.
#pragma once
#include <catch2/catch.hpp>

#include <span>
#include <string_view>

#include "dispatch/verdict/verdict.h"

namespace postbell::testing {

constexpr util::Milliseconds kMinute = std::chrono::minutes(1);
constexpr util::Milliseconds kHour = std::chrono::hours(1);
constexpr util::Milliseconds kWeek = 7 * 24 * kHour;
constexpr util::WallTime kNow{1'000 * kHour};

using Result = provider::Outcome::Result;
using Scope = provider::Outcome::Scope;

inline provider::Outcome outcome(Result result) {
    provider::Outcome made;
    made.result = result;
    return made;
}
inline provider::Outcome retry(Scope scope, util::Milliseconds asked = {},
                               util::Milliseconds least = {}) {
    provider::Outcome made = outcome(Result::Retry);
    made.scope = scope;
    made.retry_after = asked;
    made.backoff = least;
    return made;
}
inline provider::Outcome deadSince(util::WallTime when) {
    provider::Outcome made = outcome(Result::TokenDead);
    made.dead_since = when;
    return made;
}
/// Of a token that was registered two hours ago.
inline dispatch::Verdict verdictOn(const provider::Outcome& outcome,
                                   const dispatch::PushFacts& push = {},
                                   dispatch::TokenFacts token = {}) {
    token.token_at = kNow - 2 * kHour;
    return dispatch::verdict(outcome, push, token, kNow);
}

inline void checkSame(const dispatch::Verdict& made, const dispatch::Verdict& meant) {
    CHECK(made.push == meant.push);
    CHECK(made.device == meant.device);
    CHECK(made.credential == meant.credential);
    CHECK(made.origin == meant.origin);
    CHECK(made.device_pause == meant.device_pause);
    CHECK(made.credential_pause == meant.credential_pause);
    CHECK(made.origin_pause == meant.origin_pause);
    CHECK(made.origins_doing == meant.origins_doing);
    CHECK(made.proves_token == meant.proves_token);
    CHECK(made.first_410 == meant.first_410);
    CHECK(made.first_foreign == meant.first_foreign);
    CHECK(made.called_foreign == meant.called_foreign);
    CHECK(made.authorization == meant.authorization);
    CHECK(made.new_connection == meant.new_connection);
    CHECK(made == meant);
}

struct Row {
    std::string_view rule;
    provider::Outcome outcome;
    dispatch::PushFacts push;
    dispatch::TokenFacts token;
    dispatch::Verdict meant;
};

/// The origin works: it answered.
inline dispatch::Verdict answered(dispatch::Verdict meant) {
    meant.origin = dispatch::Verdict::Origin::Works;
    return meant;
}
/// The authorization works as well.
inline dispatch::Verdict accepted(dispatch::Verdict meant) {
    meant.authorization = dispatch::Verdict::Authorization::Works;
    return answered(meant);
}
/// Delivered by the network's own origin.
inline const dispatch::Verdict kGoodWitness =
    accepted({.push = dispatch::Verdict::Push::Delivered,
              .device = dispatch::Verdict::Device::Well,
              .credential = dispatch::Verdict::Credential::Good,
              .proves_token = true});
constexpr dispatch::TokenFacts kProven{.proven = true};

inline void check(std::span<const Row> rows) {
    for (const Row& row : rows) {
        INFO(row.rule);
        checkSame(verdictOn(row.outcome, row.push, row.token), row.meant);
    }
}

}  // namespace postbell::testing
