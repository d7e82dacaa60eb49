// SPDX-License-Identifier: Apache-2.0
#include "util/insist.h"

#include <catch2/catch.hpp>
#include <new>

using namespace postbell::util;

TEST_CASE("work that is insisted on is done, once there is memory") {
    int attempts = 0;
    insist([&] {
        if (++attempts < 3) throw std::bad_alloc();
    });
    CHECK(attempts == 3);
}

TEST_CASE("whether work succeeds is known without an exception") {
    CHECK(succeeds([] {}));
    CHECK_FALSE(succeeds([] { throw std::bad_alloc(); }));
}
