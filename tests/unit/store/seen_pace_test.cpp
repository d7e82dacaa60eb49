// SPDX-License-Identifier: Apache-2.0
#include "store/writer/seen_pace.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::store;
using std::chrono::milliseconds;
using util::RealTime;

namespace {

const RealTime kStart = RealTime() + std::chrono::hours(1);
const RealTime kDue = kStart + milliseconds(1000);

SeenPace begun() {
    SeenPace pace{milliseconds(1000)};
    pace.came(kStart);
    return pace;
}

}  // namespace

TEST_CASE("the first row waits for company", "[store]") {
    const SeenPace pace = begun();
    CHECK(pace.due() == kDue);
    CHECK(pace.rowsBeside(0, kDue - milliseconds(1)) == 0);
    CHECK(pace.rowsBeside(0, kDue) == 32);
    CHECK(pace.rowsBeside(16, kDue - milliseconds(1)) == 0);
    CHECK(pace.rowsBeside(16, kDue) == 64);
}

TEST_CASE("rows go beside a few events only if they are overdue", "[store]") {
    const SeenPace pace = begun();
    CHECK(pace.rowsBeside(15, kDue + milliseconds(49)) == 0);
    CHECK(pace.rowsBeside(15, kDue + milliseconds(50)) == 32);
}

TEST_CASE("rows that go by themselves pause in between", "[store]") {
    SeenPace pace = begun();
    pace.took(32, kDue);
    CHECK(pace.due() == kDue + milliseconds(10));
}

TEST_CASE("a burst ends after 2,000 rows, and the next begins a delay later", "[store]") {
    SeenPace pace = begun();
    pace.took(1'990, kDue);
    CHECK(pace.rowsBeside(16, kDue) == 10);
    pace.took(10, kDue);
    CHECK(pace.rowsBeside(16, kDue + milliseconds(999)) == 0);
    CHECK(pace.rowsBeside(16, kDue + milliseconds(1000)) == 64);
}
