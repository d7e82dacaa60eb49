// SPDX-License-Identifier: Apache-2.0
#include "log/seldom.h"

#include <catch2/catch.hpp>

#include "util/time.h"

using namespace postbell;
using namespace std::chrono_literals;

TEST_CASE("an occasion a minute is admitted, with the number of those before it") {
    log::Seldom<util::SteadyTime> seldom;
    const util::SteadyTime start{1h};

    CHECK(seldom.admit(start) == 1U);
    CHECK_FALSE(seldom.admit(start + 1s));
    CHECK_FALSE(seldom.admit(start + 59s));
    CHECK(seldom.admit(start + 60s) == 3U);
    CHECK_FALSE(seldom.admit(start + 119s));
}
