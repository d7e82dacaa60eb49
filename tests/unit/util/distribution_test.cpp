// SPDX-License-Identifier: Apache-2.0
#include "util/distribution.h"

#include <catch2/catch.hpp>

TEST_CASE("a value on a bound counts up to it, as Prometheus has it") {
    postbell::util::Distribution<3> values{{1, 2, 4}};
    for (const double value : {0.5, 1.0, 1.5, 4.0, 9.0}) values.add(value);
    CHECK(values.counts == std::array<std::uint64_t, 4>{2, 1, 1, 1});
    CHECK(values.sum == 16.0);
}
