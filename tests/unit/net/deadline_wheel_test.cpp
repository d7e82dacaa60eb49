// SPDX-License-Identifier: Apache-2.0
#include "net/deadline_wheel.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

using postbell::net::DeadlineWheel;
using postbell::util::Milliseconds;

namespace {

postbell::util::SteadyTime at(std::int64_t ms) {
    return postbell::util::SteadyTime(Milliseconds(ms));
}

std::vector<DeadlineWheel::Entry*> dueAt(DeadlineWheel& wheel, std::int64_t now_ms) {
    std::vector<DeadlineWheel::Entry*> due;
    wheel.expire(at(now_ms), [&due](DeadlineWheel::Entry& entry) { due.push_back(&entry); });
    return due;
}

constexpr std::int64_t kTick = DeadlineWheel::kTick.count();

}  // namespace

TEST_CASE("an entry is due once, never early and at most a tick late") {
    DeadlineWheel wheel(at(1'000'000));
    DeadlineWheel::Entry entry;
    wheel.set(entry, at(1'000'500));

    CHECK(dueAt(wheel, 1'000'499).empty());
    CHECK(dueAt(wheel, 1'000'500 + kTick).size() == 1);
    CHECK(dueAt(wheel, 1'010'000).empty());
}

TEST_CASE("a deadline can move either way, and away") {
    DeadlineWheel wheel(at(0));
    DeadlineWheel::Entry later, sooner, never;
    wheel.set(later, at(1'000));
    wheel.set(later, at(5'000));
    wheel.set(sooner, at(5'000));
    wheel.set(sooner, at(1'000));
    wheel.set(never, at(1'000));
    wheel.set(never, DeadlineWheel::kNever);

    CHECK(dueAt(wheel, 1'000 + kTick) == std::vector{&sooner});
    CHECK(dueAt(wheel, 5'000 + kTick) == std::vector{&later});
    CHECK_FALSE(wheel.wait(at(5'000 + kTick)).has_value());
}

TEST_CASE("deadlines beyond the wheel's turn, and a clock that jumps, are kept") {
    DeadlineWheel wheel(at(0));
    DeadlineWheel::Entry hour, minute;
    wheel.set(hour, at(3'600'000));
    wheel.set(minute, at(60'000));

    for (std::int64_t now = 0; now < 3'600'000; now += 50'000) {
        const auto due = dueAt(wheel, now);
        CHECK(due.size() == (now == 100'000 ? 1 : 0));
    }
    CHECK(dueAt(wheel, 7'200'000) == std::vector{&hour});
}

TEST_CASE("a due entry may destroy other due entries, and set itself again") {
    DeadlineWheel wheel(at(0));
    auto first = std::make_unique<DeadlineWheel::Entry>();
    auto second = std::make_unique<DeadlineWheel::Entry>();
    DeadlineWheel::Entry again;
    for (DeadlineWheel::Entry* entry : {first.get(), second.get(), &again})
        wheel.set(*entry, at(100));

    int calls = 0;
    wheel.expire(at(200), [&](DeadlineWheel::Entry& entry) {
        ++calls;
        if (&entry == first.get()) second.reset();
        if (&entry == &again) wheel.set(again, at(150));
    });

    CHECK(calls == 2);
    CHECK(dueAt(wheel, 300) == std::vector{&again});
}

TEST_CASE("the sleep lasts until something may be due") {
    DeadlineWheel wheel(at(0));
    CHECK_FALSE(wheel.wait(at(0)).has_value());
    DeadlineWheel::Entry entry;
    wheel.set(entry, at(1'000));
    CHECK(wheel.wait(at(0)).value() >= Milliseconds(1'000));
    CHECK(wheel.wait(at(0)).value() <= Milliseconds(1'000 + kTick));
    CHECK(wheel.wait(at(9'000)) == Milliseconds(0));
}
