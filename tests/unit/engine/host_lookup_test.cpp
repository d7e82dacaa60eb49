// SPDX-License-Identifier: Apache-2.0
#include "engine/host_lookup.h"

#include <atomic>

#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using engine::HostLookup;

TEST_CASE("all who ask for a name are told, and who was forgotten is not", "[engine]") {
    util::SystemClock clock;
    engine::Loop loop(clock);
    const int first = 0, second = 0, forgotten = 0;
    std::atomic<int> told{0}, wrongly{0};
    loop.runAndWait([&] {
        const auto count = [&](const HostLookup::Addresses& addresses, const std::string& problem) {
            if (!addresses.empty() && problem.empty() && loop.onThread()) ++told;
        };
        loop.lookups().find("localhost", &first, count);
        loop.lookups().find("localhost", &forgotten, [&](const auto&, const auto&) { ++wrongly; });
        loop.lookups().find("localhost", &second, count);
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
        loop.lookups().find("no-such-host.invalid", &reason,
                            [&](const HostLookup::Addresses& addresses, const std::string& why) {
                                if (addresses.empty()) reason = why;
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
                loop.lookups().find("127.0.0." + std::to_string(i + 1), &who[i],
                                    [&](const auto& addresses, const auto&) {
                                        if (addresses.size() == 1) ++told;
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
