// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_trust.h"

#include <catch2/catch.hpp>

#include "support/fake_clock.h"
#include "support/test_certificates.h"

using namespace postbell;
using Catch::Matchers::Contains;

TEST_CASE("authorities are read once for all that come within an hour") {
    testing::FakeClock clock;
    engine::TrustCache cache(clock);
    const test::TestAuthority authority;
    const test::TemporaryFile file(authority.certificate());
    const engine::TrustPtr first = cache.get(file.path());
    REQUIRE(first);

    clock.advance(std::chrono::minutes(59));
    CHECK(cache.get(file.path()) == first);
    CHECK(cache.get({}) != first);
    clock.advance(std::chrono::minutes(1));
    CHECK(cache.get(file.path()) != first);
}

TEST_CASE("authorities that cannot be read are named, and tried again") {
    testing::FakeClock clock;
    engine::TrustCache cache(clock);
    const test::TemporaryFile empty("");
    for (int i = 0; i < 2; ++i) CHECK_THROWS_WITH(cache.get(empty.path()), Contains(empty.path()));
}
