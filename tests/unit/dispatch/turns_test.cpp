// SPDX-License-Identifier: Apache-2.0
#include "dispatch/queue/turns.h"

#include <catch2/catch.hpp>

#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/fake_clock.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Fixture {
    testing::FakeClock clock;
    engine::Loop loop{clock};
    unsigned turns = 0;
    std::vector<std::string> faults;
    std::function<util::SteadyTime()> turn = [] { return kNever; };
    std::optional<Turns> subject;

    Fixture() {
        subject.emplace(
            loop,
            [this] {
                ++turns;
                return turn();
            },
            [this](std::string_view text) { faults.emplace_back(text); });
    }
    ~Fixture() {
        on([this] { subject.reset(); });
    }
    void on(const std::function<void()>& work) {
        loop.runAndWait(work);
        for (int i = 0; i < 4; ++i) loop.runAndWait([] {});
    }
    /// The next turn that nobody asked for.
    bool comes(std::promise<void>& taken) {
        return taken.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
    }
};

}  // namespace

TEST_CASE("many events of a moment have one turn", "[turns]") {
    Fixture f;
    f.on([&] {
        for (int i = 0; i < 3; ++i) f.subject->handle([] {});
    });
    CHECK(f.turns == 1);
}

TEST_CASE("an event that throws has its turn all the same", "[turns]") {
    Fixture f;
    f.on([&] { f.subject->handle([] { throw std::logic_error("no idea"); }); });
    CHECK(f.turns == 1);
    CHECK(f.faults == std::vector<std::string>{"no idea"});
}

TEST_CASE("a turn that throws is followed by another after a pause", "[turns]") {
    Fixture f;
    std::promise<void> taken;
    f.turn = [&]() -> util::SteadyTime {
        if (f.turns == 1) throw std::logic_error("no idea");
        taken.set_value();
        return kNever;
    };
    f.on([&] { f.subject->soon(); });
    CHECK(f.comes(taken));
    CHECK(f.faults == std::vector<std::string>{"no idea"});
}

TEST_CASE("a turn says when the next one is", "[turns]") {
    Fixture f;
    std::promise<void> taken;
    util::SteadyTime next = kNever;
    f.turn = [&] {
        if (f.turns == 2) taken.set_value();
        return f.turns == 1 ? next : kNever;
    };
    SECTION("as soon as other work had its turn") {
        next = kAtOnce;
        f.on([&] { f.subject->soon(); });
        CHECK(f.turns == 2);
    }
    SECTION("at a time") {
        next = f.clock.steady() + util::Milliseconds(20);
        f.on([&] { f.subject->soon(); });
        CHECK(f.comes(taken));
    }
}

TEST_CASE("a handler may be called when the lane is gone", "[turns]") {
    Fixture f;
    int handled = 0;
    const auto handler = f.subject->handler([&](int value) { handled = value; });
    handler(1);
    f.on([] {});
    CHECK(handled == 1);
    CHECK(f.turns == 1);
    f.on([&] { f.subject.reset(); });
    handler(2);
    f.on([] {});
    CHECK(handled == 1);
}
