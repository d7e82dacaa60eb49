// SPDX-License-Identifier: Apache-2.0
#include "engine/loop.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/eventually.h"

using namespace postbell;
using engine::Loop;
using engine::Timer;

TEST_CASE("work of many threads runs on the loop's thread, in each thread's order", "[engine]") {
    const util::SystemClock clock;
    Loop loop(clock);
    constexpr int kThreads = 4, kEach = 2'000;
    std::vector<std::vector<int>> seen(kThreads);
    bool elsewhere = false;

    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < kEach; ++i)
                loop.post([&, t, i] {
                    seen[t].push_back(i);
                    elsewhere = elsewhere || !loop.onThread();
                });
        });
    for (auto& thread : threads) thread.join();
    loop.runAndWait([] {});

    CHECK_FALSE(elsewhere);
    CHECK_FALSE(loop.onThread());
    for (const auto& order : seen) {
        CHECK(order.size() == kEach);
        CHECK(std::is_sorted(order.begin(), order.end()));
    }
}

TEST_CASE("runAndWait throws the work's exception, and runs inline on the loop's thread",
          "[engine]") {
    const util::SystemClock clock;
    Loop loop(clock);
    int depth = 0;

    CHECK_THROWS_AS(loop.runAndWait([] { throw std::out_of_range("no"); }), std::out_of_range);
    loop.runAndWait([&] { loop.runAndWait([&] { depth = 2; }); });

    CHECK(depth == 2);
}

TEST_CASE("after stop() posted work is dropped, and runAndWait runs inline", "[engine]") {
    const util::SystemClock clock;
    Loop loop(clock);
    auto owned = std::make_shared<int>(1);
    loop.stop();

    loop.post([owned] { FAIL("ran after stop"); });
    bool ran = false, on_thread = false;
    loop.runAndWait([&] {
        ran = true;
        on_thread = loop.onThread();
    });

    CHECK(ran);
    CHECK(on_thread);
    CHECK(owned.use_count() == 1);
}

TEST_CASE("stop() while threads wait in runAndWait leaves none waiting", "[engine]") {
    const util::SystemClock clock;
    for (int round = 0; round < 50; ++round) {
        Loop loop(clock);
        std::atomic<int> ran{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int k = 0; k < 20; ++k) loop.runAndWait([&] { ++ran; });
            });
        loop.stop();
        for (auto& thread : threads) thread.join();
        CHECK(ran == 80);
    }
}

TEST_CASE("work for the end of the turn runs after the handlers that are ready", "[engine]") {
    const util::SystemClock clock;
    std::vector<int> order;
    std::promise<void> ended;
    Loop loop(clock);  // last: its thread uses the above

    loop.runAndWait([&] {
        loop.post([&] {
            loop.atEndOfTurn([&] {
                order.push_back(3);
                ended.set_value();
            });
            order.push_back(1);
        });
        loop.post([&] { order.push_back(2); });
    });
    ended.get_future().wait();

    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("a timer runs once, in the clock's time", "[engine]") {
    const util::SystemClock clock(100.0);
    Loop loop(clock);
    Timer timer;
    std::atomic<int> fired{0};
    const auto start = std::chrono::steady_clock::now();

    loop.runAndWait([&] { timer = loop.after(util::Milliseconds(5'000), [&] { ++fired; }); });
    while (fired == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto took = std::chrono::steady_clock::now() - start;
    bool armed = true;
    loop.runAndWait([&] { armed = timer.armed(); });

    CHECK(took >= std::chrono::milliseconds(50));
    CHECK(took < std::chrono::seconds(4));
    CHECK(fired == 1);
    CHECK_FALSE(armed);
}

TEST_CASE("a timer that is destroyed or replaced does not run, even when it is due already",
          "[engine]") {
    const util::SystemClock clock;
    Loop loop(clock);
    int fired = 0;
    Timer later;
    std::promise<void> later_fired;

    loop.runAndWait([&] {
        Timer one = loop.after(util::Milliseconds(0), [&] { ++fired; });
        Timer other = loop.after(util::Milliseconds(0), [&] { ++fired; });
        other = Timer();
        later = loop.after(util::Milliseconds(1), [&] { later_fired.set_value(); });
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    });
    later_fired.get_future().wait();
    loop.runAndWait([&] { later = Timer(); });

    CHECK(fired == 0);
}

TEST_CASE("a timer's work may destroy and re-arm its own timer", "[engine]") {
    const util::SystemClock clock;
    Loop loop(clock);
    std::optional<Timer> timer;
    std::atomic<int> fired{0};

    loop.runAndWait([&] {
        timer = loop.after(util::Milliseconds(1), [&] {
            ++fired;
            timer = loop.after(util::Milliseconds(1), [&] {
                ++fired;
                timer.reset();
            });
        });
    });
    while (fired < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    loop.runAndWait([] {});

    CHECK_FALSE(timer.has_value());
}

TEST_CASE("a loop that turns beats each second, and one that is held up does not", "[engine]") {
    const util::SystemClock clock;
    util::Heartbeats heartbeats;
    engine::LoopOptions options;
    options.name = "held up";
    options.heartbeats = &heartbeats;
    std::promise<void> release;
    const auto stuck = [&heartbeats](util::RealTime now) {
        return !heartbeats.stuck(now, [](const auto&) { return util::Milliseconds(1'500); })
                    .empty();
    };
    {
        Loop loop(clock, options);
        const util::RealTime begun = util::realNow();
        CHECK(testing::eventually([&] {
            const auto beat = heartbeats.read().front().working_since;
            return beat && *beat > begun + std::chrono::seconds(1);
        }));

        auto held = std::make_shared<std::future<void>>(release.get_future());
        loop.post([held] { held->wait(); });
        CHECK(testing::eventually([&] { return stuck(util::realNow()); }));
        release.set_value();
    }
    CHECK_FALSE(heartbeats.read().front().working_since);
}

TEST_CASE("work that throws costs itself alone, wherever it runs", "[engine]") {
    const util::SystemClock clock;
    engine::LoopOptions options;
    log::Log log({.level = log::Level::Error, .format = log::Format::Text, .file = "/dev/null"});
    options.log = &log;
    Loop loop(clock, options);
    std::promise<void> done, later_fired;
    Timer throwing, throwing_more, later;
    loop.runAndWait([&] {
        loop.post([] { throw std::runtime_error("posted"); });
        loop.post([] { throw 42; });
        loop.atEndOfTurn([] { throw std::runtime_error("at the end of a turn"); });
        loop.atEndOfTurn([] { throw 42; });
        throwing = loop.after(util::Milliseconds(1), [] { throw std::runtime_error("a timer"); });
        throwing_more = loop.after(util::Milliseconds(1), [] { throw 42; });
        later = loop.after(util::Milliseconds(2), [&] { later_fired.set_value(); });
        loop.post([&] { done.set_value(); });
    });
    CHECK(done.get_future().wait_for(std::chrono::seconds(5)) == std::future_status::ready);
    CHECK(later_fired.get_future().wait_for(std::chrono::seconds(5)) == std::future_status::ready);
    loop.runAndWait([&] {
        throwing = Timer();
        throwing_more = Timer();
        later = Timer();
    });
}
