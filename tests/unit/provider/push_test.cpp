// SPDX-License-Identifier: Apache-2.0
#include "provider/push.h"

#include <catch2/catch.hpp>

using postbell::provider::name;
using postbell::provider::Outcome;

TEST_CASE("results are named as logs and metrics have them", "[provider]") {
    using Result = Outcome::Result;
    CHECK(name(Result::Delivered) == "delivered");
    CHECK(name(Result::Retry) == "retry");
    CHECK(name(Result::TokenDead) == "token_dead");
    CHECK(name(Result::TokenForeign) == "token_foreign");
    CHECK(name(Result::CredentialRefused) == "credential_refused");
    CHECK(name(Result::Reauthorize) == "reauthorize");
    CHECK(name(Result::Rejected) == "rejected");
}
