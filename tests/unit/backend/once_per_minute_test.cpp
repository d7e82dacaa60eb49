// SPDX-License-Identifier: Apache-2.0
#include "backend/once_per_minute.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("one is let through at once, and the next a minute later") {
    postbell::backend::OncePerMinute line;
    CHECK(line.allow(5s));
    CHECK_FALSE(line.allow(5s));
    CHECK_FALSE(line.allow(64999ms));
    CHECK(line.allow(65s));
    CHECK_FALSE(line.allow(66s));
}
