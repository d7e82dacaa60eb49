// SPDX-License-Identifier: Apache-2.0
#include "store/records/credential.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::store;

TEST_CASE("a pause outlives its upload, with a probe now; proof does not", "[store]") {
    GuardState old;
    old.good_at = util::fromMs(1);
    old.suspects = {1};
    old.paused_at = util::fromMs(2);
    old.paused_reason = "refused";
    old.probe_at = util::fromMs(900);

    const GuardState paused = old.renewed(util::fromMs(50));
    CHECK(paused.paused_at == util::fromMs(2));
    CHECK(paused.probe_at == util::fromMs(50));
    CHECK(paused.suspects.empty());
    CHECK_FALSE(util::isSet(paused.good_at));

    old.paused_at = {};
    CHECK_FALSE(util::isSet(old.renewed(util::fromMs(50)).probe_at));
}
