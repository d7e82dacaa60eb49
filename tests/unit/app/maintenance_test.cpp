// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <fstream>
#include <iterator>
#include <new>

#include "store/records/store_error.h"
#include "support/eventually.h"
#include "support/store_fixture.h"

using namespace postbell;
using Catch::Matchers::Contains;
using testing::eventually;

namespace {

/// A store with one registration, and a log that can be read.
struct Bench : store::StoreFixture {
    Bench() { registered("a", "anna"); }
    /// The lines of maintenance that has followed files.
    std::string work(const registry::LifeClockOf& life_clock_of,
                     const std::function<void()>& follow_files) {
        std::atomic<bool> followed = false;
        const auto noted = [&] {
            followed = true;
            follow_files();
        };
        {
            app::Maintenance maintenance(store(), life_clock_of, census, {}, noted, fast, lines,
                                         heartbeats);
            CHECK(eventually([&] { return followed.load(); }));
        }
        lines.flush();
        std::ifstream in(directory().file("lines"));
        return {std::istreambuf_iterator<char>(in), {}};
    }
    registry::LifeClock lifeClock() const { return {fast.wall(), fast.wall(), {}, false}; }

    const util::SystemClock fast{1'000};
    log::Log lines{{log::Level::Info, log::Format::Text, directory().file("lines")}};
    registry::Census census;
    util::Heartbeats heartbeats;
};

}  // namespace

TEST_CASE("a chore that fails for want of memory is not told as the store's trouble") {
    Bench bench;
    const std::string lines =
        bench.work([&](const store::Registration&) { return bench.lifeClock(); },
                   [] { throw std::bad_alloc(); });
    CHECK_THAT(lines, Contains("a chore of maintenance failed") && Contains("bad_alloc"));
    CHECK_THAT(lines, !Contains("the store failed"));
}

TEST_CASE("a row that cannot be read keeps no other chore from being done") {
    Bench bench;
    const std::string lines = bench.work(
        [](const store::Registration&) -> registry::LifeClock {
            throw store::StoreError("a row is damaged");
        },
        [] {});
    CHECK_THAT(lines, Contains("the store failed") && Contains("a row is damaged"));
}
