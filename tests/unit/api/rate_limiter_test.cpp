// SPDX-License-Identifier: Apache-2.0
#include "api/rate_limiter.h"

#include <catch2/catch.hpp>

#include "util/time.h"

using postbell::api::RateLimiter;
using namespace postbell;

namespace {

util::SteadyTime at(std::int64_t ms) {
    return util::SteadyTime(util::Milliseconds(ms));
}

}  // namespace

TEST_CASE("so many calls a minute for each key, and no more") {
    RateLimiter limiter(3);
    for (int i = 0; i < 3; ++i) CHECK(limiter.allow("a", at(0)));
    CHECK_FALSE(limiter.allow("a", at(0)));
    CHECK(limiter.allow("b", at(0)));
    CHECK_FALSE(limiter.allow("a", at(19'999)));
    CHECK(limiter.allow("a", at(20'001)));
    CHECK_FALSE(limiter.allow("a", at(20'002)));
}

TEST_CASE("zero is no limit, and many keys do not fill the memory") {
    RateLimiter none(0);
    for (int i = 0; i < 1'000; ++i) CHECK(none.allow("a", at(0)));
    RateLimiter limiter(1);
    for (int i = 0; i < 250'000; ++i) limiter.allow(std::to_string(i), at(0));
    CHECK(limiter.allow("one more", at(0)));
}
