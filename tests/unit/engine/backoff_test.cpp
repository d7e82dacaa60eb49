// SPDX-License-Identifier: Apache-2.0
#include "engine/backoff.h"

#include <catch2/catch.hpp>

using postbell::engine::Backoff;

TEST_CASE("a backoff doubles up to its most, with jitter between half and the whole", "[engine]") {
    Backoff backoff(1'000, 60'000, 7);

    std::int64_t step = 1'000;
    for (int i = 0; i < 10; ++i) {
        const auto delay = backoff.next();
        CHECK(delay >= step / 2);
        CHECK(delay <= step);
        step = std::min<std::int64_t>(step * 2, 60'000);
    }
}

TEST_CASE("a backoff that is reset begins at the first step again", "[engine]") {
    Backoff backoff(1'000, 60'000, 7);
    for (int i = 0; i < 5; ++i) backoff.next();

    backoff.reset();

    CHECK(backoff.next() <= 1'000);
}
