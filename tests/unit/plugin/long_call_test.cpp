// SPDX-License-Identifier: Apache-2.0
#include "plugin/long_call.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>

using namespace postbell;
using namespace std::chrono_literals;

TEST_CASE("a call that does not return is told while it lasts", "[plugin]") {
    std::promise<void> told;
    const plugin::LongCall call(1ms, [&] { told.set_value(); });
    CHECK(told.get_future().wait_for(10s) == std::future_status::ready);
}

TEST_CASE("a call that returns in time is not told", "[plugin]") {
    std::atomic<bool> told = false;
    {
        const plugin::LongCall call(1h, [&] { told = true; });
    }
    CHECK_FALSE(told);
}
