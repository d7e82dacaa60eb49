// SPDX-License-Identifier: Apache-2.0
#include "api/call_lines.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <vector>

#include "support/fake_clock.h"
#include "support/temporary_folder.h"

using namespace postbell;
using api::CallLines;
using namespace std::chrono_literals;

namespace {

struct Bench {
    explicit Bench(log::Level level = log::Level::Info)
        : log({level, log::Format::Text, folder.file("log")}) {}

    void calls(store::Id app, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            lines.write(app, "a device called", {{"app", std::to_string(app)}});
    }
    std::vector<std::string> logged() {
        REQUIRE(log.flush());
        std::ifstream in(folder.file("log"));
        std::vector<std::string> all;
        for (std::string line; std::getline(in, line);) all.push_back(line);
        return all;
    }

    testing::TemporaryFolder folder;
    log::Log log;
    testing::FakeClock clock;
    CallLines lines{clock, log};
};

}  // namespace

TEST_CASE("an app has its share of lines a minute, and the next says how many more there were") {
    Bench bench;
    bench.calls(1, CallLines::kMaxLines + 7);
    CHECK(bench.logged().size() == CallLines::kMaxLines);
    CHECK(bench.logged().back().find("suppressed") == std::string::npos);

    bench.calls(2, 1);
    CHECK(bench.logged().size() == CallLines::kMaxLines + 1);

    bench.clock.advance(1min);
    bench.calls(1, 2);
    const auto logged = bench.logged();
    REQUIRE(logged.size() == CallLines::kMaxLines + 3);
    CHECK(logged[CallLines::kMaxLines + 1].find("app=1 suppressed=7") != std::string::npos);
    CHECK(logged.back().find("suppressed") == std::string::npos);
}

TEST_CASE("at debug no line is missing") {
    Bench bench(log::Level::Debug);
    bench.calls(1, CallLines::kMaxLines + 7);
    CHECK(bench.logged().size() == CallLines::kMaxLines + 7);
}
