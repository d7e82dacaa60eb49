// SPDX-License-Identifier: Apache-2.0
#include "app/expiry_notices.h"

#include <catch2/catch.hpp>
#include <vector>

using postbell::app::ExpiryNotices;
using std::chrono::days;
using std::chrono::hours;

TEST_CASE("a credential's end is announced on its days, once each", "[app]") {
    ExpiryNotices notices;
    std::vector<int> announced;
    for (int left = 60; left >= -3; --left)
        for (int asked = 0; asked < 2; ++asked)
            if (notices.due("1", days(left))) announced.push_back(left);

    CHECK(announced == std::vector<int>{30, 14, 7, 1, 0});
}

TEST_CASE("after a start only the nearest of the notices is given", "[app]") {
    ExpiryNotices notices;

    CHECK(notices.due("1", days(10)));
    CHECK_FALSE(notices.due("1", days(9)));
    CHECK(notices.due("1", days(7)));
    CHECK(notices.due("2", hours(-1)));
    CHECK_FALSE(notices.due("2", hours(-2)));
}

TEST_CASE("the new end of a renewed credential is announced as well", "[app]") {
    ExpiryNotices notices;
    CHECK(notices.due("1", days(1)));

    CHECK_FALSE(notices.due("1", days(365)));

    CHECK(notices.due("1", days(30)));
}

TEST_CASE("a short life is announced in its last third, and on the days that lie in it", "[app]") {
    const auto [lifetime, expected] =
        GENERATE(table<int, std::vector<int>>({{6, {2, 1, 0}},
                                               {45, {15, 14, 7, 1, 0}},
                                               {90, {30, 14, 7, 1, 0}},
                                               {365, {30, 14, 7, 1, 0}}}));
    ExpiryNotices notices;
    std::vector<int> announced;
    for (int left = lifetime; left >= 0; --left)
        if (notices.due("listener", days(left), days(lifetime))) announced.push_back(left);

    CHECK(announced == expected);
}
