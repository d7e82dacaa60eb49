// SPDX-License-Identifier: Apache-2.0
#include "jwt.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "jwt_reading.h"
#include "test_credentials.h"

using namespace postbell::apns;
using namespace postbell::apns::testing;

TEST_CASE("a provider token names key, team and time, and its signature verifies") {
    const auto key = newEcKey();

    const std::string token = makeProviderToken(*key, "ABC123DEFG", "TEAM123456", 1'700'000'000);

    const JwtParts jwt = splitJwt(token);
    CHECK(nlohmann::json::parse(jwt.header) ==
          nlohmann::json{{"alg", "ES256"}, {"kid", "ABC123DEFG"}});
    CHECK(nlohmann::json::parse(jwt.claims) ==
          nlohmann::json{{"iss", "TEAM123456"}, {"iat", 1'700'000'000}});
    CHECK(verifies(jwt, *key));
    CHECK_FALSE(verifies(jwt, *newEcKey()));
}

TEST_CASE("a signature has 64 bytes however small its numbers are") {
    // One in 128 has a number with a leading zero byte, which DER leaves out and JWT does not.
    const auto key = newEcKey();
    for (int i = 0; i < 400; ++i) {
        const JwtParts jwt = splitJwt(makeProviderToken(*key, "ABC123DEFG", "TEAM123456", i));
        REQUIRE(jwt.signature.size() == 64);
        REQUIRE(verifies(jwt, *key));
    }
}
