// SPDX-License-Identifier: Apache-2.0
#include "backend/callback_shares.h"

#include <catch2/catch.hpp>
#include <vector>

using postbell::backend::CallbackShares;

TEST_CASE("one callback leaves room in the pool for others") {
    CallbackShares shares;
    std::vector<CallbackShares::Place> places;
    for (std::size_t i = 0; i < CallbackShares::kMaxShare; ++i)
        places.push_back(shares.take("flood"));
    CHECK(places.back() != nullptr);
    CHECK(shares.take("flood") == nullptr);
    CHECK(shares.take("other") != nullptr);

    places.pop_back();
    CHECK(shares.take("flood") != nullptr);
}
