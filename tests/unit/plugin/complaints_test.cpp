// SPDX-License-Identifier: Apache-2.0
#include "plugin/complaints.h"

#include <catch2/catch.hpp>

#include "unit/plugin/plugin_folder.h"

using namespace postbell;
using namespace std::chrono_literals;

TEST_CASE("each kind of breach is named once a minute", "[plugin]") {
    test::Bench bench;
    plugin::Complaints complaints("provider mine", bench.log, bench.clock);
    const auto lines = [&] {
        const std::string logged = bench.logged();
        return std::count(logged.begin(), logged.end(), '\n');
    };
    complaints.say("request", "the method is none");
    CHECK_THAT(bench.logged(), Catch::Contains("provider mine"));
    CHECK_THAT(bench.logged(), Catch::Contains("the method is none"));
    complaints.say("request", "the path is none");
    CHECK(lines() == 1);
    complaints.say("outcome", "the result is none");
    CHECK(lines() == 2);
    bench.clock.advance(1min);
    complaints.say("request", "the path is none");
    CHECK(lines() == 3);
    CHECK_THAT(bench.logged(), Catch::Contains("\"suppressed\":1"));
}
