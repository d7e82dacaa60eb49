// SPDX-License-Identifier: Apache-2.0
#include "api/rate_limiter.h"

#include <catch2/catch.hpp>

using postbell::api::RateLimiter;

TEST_CASE("so many calls a minute for each key, and no more") {
    RateLimiter limiter(3);
    for (int i = 0; i < 3; ++i) CHECK(limiter.allow("a", 0));
    CHECK_FALSE(limiter.allow("a", 0));
    CHECK(limiter.allow("b", 0));
    CHECK_FALSE(limiter.allow("a", 19'999));
    CHECK(limiter.allow("a", 20'001));
    CHECK_FALSE(limiter.allow("a", 20'002));
}

TEST_CASE("zero is no limit, and many keys do not fill the memory") {
    RateLimiter none(0);
    for (int i = 0; i < 1'000; ++i) CHECK(none.allow("a", 0));
    RateLimiter limiter(1);
    for (int i = 0; i < 250'000; ++i) limiter.allow(std::to_string(i), 0);
    CHECK(limiter.allow("one more", 0));
}
