// SPDX-License-Identifier: Apache-2.0
#include "util/trace.h"

#include <catch2/catch.hpp>

#include <set>

using namespace postbell::util;

TEST_CASE("a trace is 16 hex digits") {
    CHECK(traceText(0) == "0000000000000000");
    CHECK(traceText(0x0123456789abcdef) == "0123456789abcdef");
}

TEST_CASE("traces differ, also between two runs, and none is nothing") {
    TraceSource source, other;
    std::set<Trace> seen{0};
    for (int i = 0; i < 1000; ++i) {
        CHECK(seen.insert(source.next()).second);
        CHECK(seen.insert(other.next()).second);
    }
}
