// SPDX-License-Identifier: Apache-2.0
#include "util/backoff.h"

#include <catch2/catch.hpp>
#include <set>

using postbell::util::Backoff;
using postbell::util::Milliseconds;

TEST_CASE("the pause doubles to the longest, each between half and the whole of its step",
          "[util]") {
    Backoff backoff(Milliseconds(1'000), Milliseconds(60'000), 1);
    for (const int step : {1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000}) {
        const Milliseconds pause = backoff.next();
        CHECK(pause >= Milliseconds(step / 2));
        CHECK(pause <= Milliseconds(step));
    }
    CHECK(backoff.failures() == 8);

    backoff.reset();
    CHECK(backoff.next() <= Milliseconds(1'000));
}

TEST_CASE("callers that failed together do not come back together", "[util]") {
    std::set<Milliseconds> pauses;
    for (int i = 0; i < 50; ++i)
        pauses.insert(Backoff(Milliseconds(10'000), Milliseconds(60'000)).next());
    CHECK(pauses.size() > 40);
}

TEST_CASE("a pause that the other side asked for is never undercut", "[util]") {
    Backoff backoff(Milliseconds(1'000), Milliseconds(60'000), 1);
    for (std::uint32_t failures = 1; failures <= 100; ++failures) {
        CHECK(backoff.after(failures, Milliseconds(5'000)) >= Milliseconds(5'000));
        CHECK(backoff.after(failures, Milliseconds(300'000)) >= Milliseconds(300'000));
        CHECK(backoff.after(failures) <= Milliseconds(60'000));
    }
}
