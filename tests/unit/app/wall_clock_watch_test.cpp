// SPDX-License-Identifier: Apache-2.0
#include "app/wall_clock_watch.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <vector>

#include "support/fake_clock.h"
#include "support/temporary_folder.h"

using namespace postbell;
using namespace std::chrono_literals;

namespace {

struct Bench {
    testing::FakeClock clock;
    testing::TemporaryFolder folder;
    log::Log log{{log::Level::Warning, log::Format::Text, folder.file("log")}};
    app::WallClockWatch watch{clock, log};

    /// Half a second later.
    void look() {
        clock.advance(500ms);
        watch.look();
    }
    std::vector<std::string> lines() {
        log.flush();
        std::ifstream in(folder.file("log"));
        std::vector<std::string> found;
        for (std::string line; std::getline(in, line);) found.push_back(line);
        return found;
    }
};

}  // namespace

TEST_CASE("a wall clock that jumps is told once, with the step") {
    Bench bench;
    const auto [step, said] = GENERATE(table<util::Milliseconds, std::string>({
        {5h, "set ahead, or the machine slept seconds=18000"},
        {-5h, "set back seconds=18000"},
        {6s, "set ahead, or the machine slept seconds=6"},
        {-6s, "set back seconds=6"},
    }));
    bench.clock.setWall(bench.clock.wall() + step);
    for (int i = 0; i < 10; ++i) bench.look();
    REQUIRE(bench.lines().size() == 1);
    CHECK_THAT(bench.lines().front(), Catch::Contains(said));

    bench.clock.setWall(bench.clock.wall() - step);
    bench.look();
    CHECK(bench.lines().size() == 2);
}

TEST_CASE("time that passes, and a clock that is slewed, are no jump") {
    Bench bench;
    for (int i = 0; i < 1'000; ++i) {
        bench.clock.setWall(bench.clock.wall() + 100ms);
        bench.look();
    }
    bench.clock.advance(24h);
    bench.look();
    CHECK(bench.lines().empty());
}
