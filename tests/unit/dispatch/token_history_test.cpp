// SPDX-License-Identifier: Apache-2.0
#include "dispatch/queue/token_history.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::dispatch;

TEST_CASE("a delivery proves the token that it went to, and no other") {
    TokenHistory history;
    const util::WallTime then = util::fromMs(5'000), token = util::fromMs(1'000);
    history.provenHint(then);
    CHECK(history.isProven());
    history.pushesTo(token, {});  // the event was of an earlier token
    CHECK_FALSE(history.isProven());
    history.provenHint(then);
    CHECK_FALSE(history.isProven());

    history.proven(token, then);
    history.pushesTo(token, {});  // the store has not written it yet
    CHECK(history.provenAt() == then);
    history.pushesTo(token + util::Milliseconds(1), {});
    CHECK_FALSE(history.isProven());
}

TEST_CASE("a token that is called foreign is doubtful until a push is delivered to it") {
    TokenHistory history;
    const util::SteadyTime first(std::chrono::seconds(5));
    history.calledForeign(first);
    history.calledForeign(first + std::chrono::hours(1));
    CHECK(history.foreignWords() == 2);
    CHECK(history.foreignSince() == first);
    CHECK(history.isDoubtful());
    history.proven(util::fromMs(1'000), util::fromMs(5'000));
    CHECK_FALSE(history.isDoubtful());
    history.forgetForeignWords();
    CHECK(history.foreignWords() == 0);
}
