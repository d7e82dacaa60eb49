// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/retry_after.hpp"

#include <catch2/catch.hpp>

using namespace postbell::kit;

namespace {
constexpr std::int64_t kNow = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT, RFC 9110's example
constexpr std::int64_t kHour = 3'600'000;
}  // namespace

TEST_CASE("Retry-After in seconds is read, with a fraction too") {
    CHECK(retryAfterMs("120", kNow) == 120'000);
    CHECK(retryAfterMs("0", kNow) == 0);
    CHECK(retryAfterMs(" 7\t", kNow) == 7'000);
    CHECK(retryAfterMs("1.5", kNow) == 1'500);
    CHECK(retryAfterMs("0.0019", kNow) == 1);
}

TEST_CASE("Retry-After as a date is read in the three forms of HTTP") {
    CHECK(retryAfterMs("Sun, 06 Nov 1994 08:50:07 GMT", kNow) == 30'000);
    CHECK(retryAfterMs("Sunday, 06-Nov-94 08:50:07 GMT", kNow) == 30'000);
    CHECK(retryAfterMs("Sun Nov  6 08:50:07 1994", kNow) == 30'000);
    CHECK(retryAfterMs("Sun, 06 Nov 1994 08:00:00 GMT", kNow) == 0);
}

TEST_CASE("Retry-After never gives a pause of more than an hour") {
    for (const char* header :
         {"86400", "99999999999999999999999999", "3600.9", "Sun, 06 Nov 2094 08:49:37 GMT"})
        CHECK(retryAfterMs(header, kNow) == kHour);
}

TEST_CASE("the longest Retry-After is the caller's to choose") {
    CHECK(retryAfterMs("7200", kNow, 24 * kHour) == 2 * kHour);
    CHECK(retryAfterMs("Sun, 06 Nov 1994 10:49:37 GMT", kNow, 24 * kHour) == 2 * kHour);
    for (const char* header :
         {"86401", "99999999999999999999999999", "Sun, 06 Nov 2094 08:49:37 GMT"})
        CHECK(retryAfterMs(header, kNow, 24 * kHour) == 24 * kHour);
}

TEST_CASE("a Retry-After that is not understood counts as none") {
    for (const char* header :
         {"", "soon", "-5", "1e3", "inf", "nan", "0x10", "1.", ".5", "1.5.5", "12 3", "+1",
          "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT, 5"})
        CHECK(retryAfterMs(header, kNow) == 0);
    CHECK(retryAfterMs(std::string(100'000, 'S'), kNow) == 0);
}
