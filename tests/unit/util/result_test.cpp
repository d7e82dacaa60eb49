// SPDX-License-Identifier: Apache-2.0
#include "util/result.h"

#include <catch2/catch.hpp>
#include <string>

using postbell::util::Problem;
using postbell::util::Result;

namespace {

Result<std::string> half(int number) {
    if (number % 2 != 0) return Problem{"odd numbers have no half"};
    return std::to_string(number / 2);
}

}  // namespace

TEST_CASE("a result is a value or the problem that there is instead", "[util]") {
    const auto good = half(4);
    REQUIRE(good);
    CHECK(*good == "2");
    CHECK(good->size() == 1);
    CHECK(good.problem().empty());

    const auto bad = half(3);
    CHECK_FALSE(bad);
    CHECK(bad.problem() == "odd numbers have no half");
    CHECK_THROWS_WITH(bad.value(), "odd numbers have no half");
}
