// SPDX-License-Identifier: Apache-2.0
#include "engine/host_lookup.h"

#include <atomic>
#include <future>

#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using engine::HostLookup;

TEST_CASE("all callers that ask for a name are told, and a forgotten one is not", "[engine]") {
    util::SystemClock clock;
    engine::Loop loop(clock);
    const int first = 0, second = 0, forgotten = 0;
    std::atomic<int> told{0}, wrongly{0};
    loop.runAndWait([&] {
        const auto count = [&](const HostLookup::Found& found) {
            if (!found.addresses.empty() && found.problem.empty() && loop.onThread()) ++told;
        };
        loop.lookups().find("localhost", &first, 0, count);
        loop.lookups().find("localhost", &forgotten, 0,
                            [&](const HostLookup::Found&) { ++wrongly; });
        loop.lookups().find("localhost", &second, 0, count);
        loop.lookups().forget(&forgotten);
        CHECK(told == 0);
    });

    CHECK(eventually([&] { return told == 2; }));
    CHECK(wrongly == 0);
}

TEST_CASE("a name without addresses is told with the reason", "[engine]") {
    util::SystemClock clock;
    engine::Loop loop(clock);
    std::string reason;
    std::atomic<bool> told{false};
    loop.runAndWait([&] {
        loop.lookups().find("no-such-host.invalid", &reason, 0,
                            [&](const HostLookup::Found& found) {
                                if (found.addresses.empty()) reason = found.problem;
                                told = true;
                            });
    });

    CHECK(eventually([&] { return told.load(); }));
    CHECK_FALSE(reason.empty());
}

TEST_CASE("more names than are looked up at once are all told, and an end does not wait for them",
          "[engine]") {
    util::SystemClock clock;
    std::atomic<int> told{0};
    std::vector<int> who(40);
    const auto ask = [&](engine::Loop& loop) {
        loop.runAndWait([&] {
            for (std::size_t i = 0; i < who.size(); ++i)
                loop.lookups().find("127.0.0." + std::to_string(i + 1), &who[i], 0,
                                    [&](const HostLookup::Found& answer) {
                                        if (answer.addresses.size() == 1) ++told;
                                    });
        });
    };
    {
        engine::Loop loop(clock);
        ask(loop);
        CHECK(eventually([&] { return told == 40; }));
    }
    {
        engine::Loop loop(clock);
        ask(loop);
    }
    const int after = told;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(told == after);
}

TEST_CASE("silent names of one owner hold up no other owner's", "[engine][row:ORIGIN-7]") {
    util::SystemClock clock;
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    engine::LoopOptions options;
    options.resolver = [ended](const std::string& host, HostLookup::Addresses& out) -> std::string {
        if (host.starts_with("slow")) ended.wait();
        out.push_back(*engine::IpAddress::parse("192.0.2.1"));
        return "";
    };
    std::vector<int> who(100);
    std::atomic<int> found{0};
    engine::Loop loop(clock, options);
    loop.runAndWait([&] {
        const auto count = [&](const HostLookup::Found&) { ++found; };
        for (std::size_t i = 0; i < 60; ++i)
            loop.deviceLookups().find("slow" + std::to_string(i) + ".rival.example", &who[i], 1,
                                      [](const HostLookup::Found&) {});
        loop.deviceLookups().find("new.victim.example", &who[60], 2, count);
        loop.deviceLookups().find("other.example", &who[61], 1, count);
    });
    CHECK(eventually([&] { return found == 2; }));
    end.set_value();
}

TEST_CASE(
    "a resolver that hangs for each name has sixteen threads, and the rest is refused in time",
    "[engine]") {
    util::SystemClock clock;
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    std::atomic<int> hanging{0}, crowded{0};
    engine::LoopOptions options;
    options.resolver = [&](const std::string&, HostLookup::Addresses&) -> std::string {
        ++hanging;
        ended.wait();
        return "silent";
    };
    std::vector<int> who(1'100);
    std::atomic<int> told{0};
    {
        engine::Loop loop(clock, options);
        loop.runAndWait([&] {
            for (std::size_t i = 0; i < who.size(); ++i)
                loop.lookups().find("name" + std::to_string(i) + ".example", &who[i], i,
                                    [&](const HostLookup::Found& found) {
                                        if (found.crowded) ++crowded;
                                        ++told;
                                    });
        });
        CHECK(eventually([&] { return hanging == 16 && crowded == 84; }));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        CHECK(hanging == 16);
        end.set_value();
        CHECK(eventually([&] { return told == 1'100; }));
    }
}
