// SPDX-License-Identifier: Apache-2.0
#include "store/writer/trouble_lines.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <iterator>

#include "support/temporary_folder.h"

using namespace postbell;
using namespace postbell::store;
using namespace std::chrono_literals;

namespace {

struct Bench {
    testing::TemporaryFolder folder;
    log::Log log{{log::Level::Info, log::Format::Text, folder.file("log")}};
    TroubleLines lines{log};
    const util::RealTime start = util::realNow();

    void fail(util::RealTime::duration at) { lines.failed("the disk is full", start + at); }
    void succeed(util::RealTime::duration at) {
        lines.succeeded();
        lines.look(start + at);
    }
    std::string told() {
        log.flush();
        std::ifstream in(folder.file("log"));
        return {std::istreambuf_iterator<char>(in), {}};
    }
    long lineCount() {
        const std::string all = told();
        return std::count(all.begin(), all.end(), '\n');
    }
};

}  // namespace

TEST_CASE("a full disk that takes a small write now and then has one line", "[store]") {
    Bench bench;
    for (int second = 0; second < 600; ++second) {
        bench.fail(std::chrono::seconds(second));
        bench.succeed(std::chrono::seconds(second) + 500ms);
    }

    CHECK(bench.lineCount() == 1);
    CHECK_THAT(bench.told(), Catch::Contains("the database cannot be written"));
}

TEST_CASE("the end of the trouble is told once it has lasted", "[store]") {
    Bench bench;
    CHECK(bench.lines.due() == util::RealTime::max());
    bench.fail(0s);
    CHECK(bench.lines.due() == util::RealTime::max());

    SECTION("after a minute, in which the disk may fill again") {
        bench.succeed(5s);
        CHECK(bench.lines.due() == bench.start + 60s);
        bench.fail(30s);
        bench.succeed(59s);
        CHECK(bench.lineCount() == 1);
        bench.lines.look(bench.start + 60s);
    }
    SECTION("after ten seconds, where the trouble was long") {
        bench.fail(1h);
        bench.succeed(1h + 1s);
        CHECK(bench.lines.due() == bench.start + 1h + 10s);
        CHECK(bench.lineCount() == 1);
        bench.lines.look(bench.start + 1h + 10s);
    }

    CHECK_THAT(bench.told(), Catch::Contains("the database can be written again"));
    CHECK(bench.lineCount() == 2);
    CHECK(bench.lines.due() == util::RealTime::max());
    bench.fail(2h);
    CHECK(bench.lineCount() == 3);
}
