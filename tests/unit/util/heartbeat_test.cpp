// SPDX-License-Identifier: Apache-2.0
#include "util/heartbeat.h"

#include <catch2/catch.hpp>

#include <thread>

using namespace postbell::util;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> names(const std::vector<Heartbeat::Pulse>& pulses) {
    std::vector<std::string> names;
    for (const Heartbeat::Pulse& pulse : pulses) names.push_back(pulse.name);
    return names;
}

/// Any thread's turn may last as long.
auto always(Milliseconds limit) {
    return [limit](const std::string&) { return limit; };
}

}  // namespace

TEST_CASE("a thread that waits is healthy, however long, and so is one that has not begun") {
    Heartbeats heartbeats;
    heartbeats.add("not begun");
    Heartbeat& waiting = heartbeats.add("waits");
    waiting.beat("work");
    waiting.waiting();

    CHECK(heartbeats.stuck(realNow() + 24h, always(1ms)).empty());
    CHECK_FALSE(heartbeats.read().at(1).working_since);
}

TEST_CASE("a thread whose turn lasts longer than the limit is stuck, and says in which task") {
    Heartbeats heartbeats;
    const RealTime start = realNow();
    heartbeats.add("long").beatAt(start, "reading");
    heartbeats.add("short").beatAt(start + 9s);

    CHECK(heartbeats.stuck(start + 10s, always(10s)).empty());
    const auto stuck = heartbeats.stuck(start + 10s + 1ms, always(10s));
    REQUIRE(names(stuck) == std::vector<std::string>{"long"});
    CHECK(std::string(stuck.front().task) == "reading");
    CHECK(stuck.front().working_since == start);
}

TEST_CASE("each beat begins a turn of its own") {
    Heartbeats heartbeats;
    Heartbeat& loop = heartbeats.add("loop");
    const RealTime start = realNow();
    loop.beatAt(start, "first");
    loop.beatAt(start + 8s, "second");
    CHECK(heartbeats.stuck(start + 12s, always(5s)).empty());

    loop.doing("third");
    CHECK(heartbeats.read().front().working_since == start + 8s);
    CHECK(std::string(heartbeats.read().front().task) == "third");
}

TEST_CASE("heartbeats are read while their threads beat and others come") {
    Heartbeats heartbeats;
    std::atomic<bool> over{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&heartbeats, &over] {
            Heartbeat& own = heartbeats.add("loop");
            while (!over) {
                own.beat("turn");
                own.waiting();
            }
        });
    while (heartbeats.read().size() < 3) std::this_thread::yield();
    for (int i = 0; i < 1'000; ++i) CHECK(heartbeats.stuck(realNow(), always(1min)).empty());
    over = true;
    for (std::thread& thread : threads) thread.join();
}
