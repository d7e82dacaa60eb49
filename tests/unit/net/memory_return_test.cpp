// SPDX-License-Identifier: Apache-2.0
#include "net/memory_return.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace std::chrono_literals;

TEST_CASE("memory is given back a second after a flood, once, and not after a trickle") {
    net::MemoryReturn memory;
    const util::SteadyTime start{1h};
    constexpr std::size_t kMiB = 1024 * 1024;
    memory.update(31 * kMiB, start);
    memory.update(0, start);
    CHECK_FALSE(memory.due());

    memory.update(200 * kMiB, start);
    memory.update(100 * kMiB, start);
    CHECK_FALSE(memory.due());
    memory.update(20 * kMiB, start);
    REQUIRE(memory.due());
    CHECK(*memory.due() == start + 1s);

    memory.update(10 * kMiB, start + 900ms);
    CHECK(memory.due());
    memory.update(10 * kMiB, start + 1s);
    CHECK_FALSE(memory.due());
    memory.update(0, start + 2s);
    CHECK_FALSE(memory.due());
}
