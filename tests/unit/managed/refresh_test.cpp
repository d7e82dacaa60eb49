// SPDX-License-Identifier: Apache-2.0
#include "managed/refresh.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <optional>

#include "support/fake_managed.h"

using namespace postbell;
using namespace postbell::managed;
using namespace std::chrono_literals;
using testing::text;

namespace {

struct Bench : testing::FakeManaged {
    Bench() {
        script.step = [this](const postbell_response*, postbell_step& out) {
            ++refreshed;
            if (!fails) return POSTBELL_OK;
            out.result = POSTBELL_STEP_RETRY;
            out.problem = text("not now");
            return POSTBELL_OK;
        };
        loop.runAndWait([this] {
            runner.emplace(*plugin, http, loop, bench.log);
            refresh.emplace(*plugin, *runner, bench.clock, bench.log);
        });
    }
    ~Bench() {
        http.stop();
        loop.runAndWait([this] {
            refresh.reset();
            runner.reset();
        });
    }
    int look() {
        loop.runAndWait([this] { refresh->look(); });
        loop.runAndWait([] {});  // the task has ended
        return refreshed;
    }

    bool fails = false;
    int refreshed = 0;
    HttpClient http{HttpSettings()};
    engine::Loop loop{bench.clock};
    std::optional<TaskRunner> runner;
    std::optional<Refresh> refresh;
};

}  // namespace

TEST_CASE("a backend's own data is refreshed at the start and daily", "[managed]") {
    Bench bench;
    CHECK(bench.look() == 1);
    CHECK(bench.look() == 1);
    bench.bench.clock.advance(24h);
    CHECK(bench.look() == 2);
}

TEST_CASE("a refresh that failed is tried again in a minute", "[managed]") {
    Bench bench;
    bench.fails = true;
    CHECK(bench.look() == 1);
    CHECK_THAT(bench.bench.logged(), Catch::Contains("not now"));
    CHECK(bench.look() == 1);
    bench.bench.clock.advance(1min);
    CHECK(bench.look() == 2);
}
