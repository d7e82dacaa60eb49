// SPDX-License-Identifier: Apache-2.0
#include "engine/work_scope.h"

#include <catch2/catch.hpp>

#include <functional>
#include <optional>
#include <string>

using namespace postbell;
using engine::Loop;
using engine::WorkScope;

namespace {

struct Fixture {
    const util::SystemClock clock;
    std::string ran;
    std::function<void(char)> callback;
    Loop loop{clock};
    std::optional<WorkScope> scope{loop};

    /// Schedules one letter each way.
    void schedule() {
        scope->atEndOfTurn([this] { ran += 'e'; });
        scope->post([this] { ran += 'p'; });
        callback = scope->callback([this](char letter) { ran += letter; });
        callback('c');
    }
    void letRun() {
        for (int turn = 0; turn < 3; ++turn) loop.runAndWait([] {});
    }
};

}  // namespace

TEST_CASE("work of a scope runs on the loop's thread", "[engine]") {
    Fixture f;
    f.loop.runAndWait([&] { f.schedule(); });
    f.letRun();
    CHECK_THAT(f.ran, Catch::Contains("e") && Catch::Contains("pc"));
}

TEST_CASE("work that has not run when its scope is destroyed never runs", "[engine]") {
    Fixture f;
    f.loop.runAndWait([&] {
        f.schedule();
        f.scope.reset();
    });
    f.letRun();
    CHECK(f.ran.empty());
}

TEST_CASE("a callback that is called after its scope does nothing, on any thread", "[engine]") {
    Fixture f;
    f.loop.runAndWait([&] {
        f.callback = f.scope->callback([&f](char letter) { f.ran += letter; });
        f.scope.reset();
    });
    f.callback('c');
    f.letRun();
    CHECK(f.ran.empty());
}

TEST_CASE("a callback may outlive its scope's loop", "[engine]") {
    const util::SystemClock clock;
    std::string ran;
    std::function<void(char)> callback;
    {
        Loop loop(clock);
        loop.runAndWait([&] {
            WorkScope scope(loop);
            callback = scope.callback([&ran](char letter) { ran += letter; });
        });
    }
    callback('c');
    CHECK(ran.empty());
}
