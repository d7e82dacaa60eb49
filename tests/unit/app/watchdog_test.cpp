// SPDX-License-Identifier: Apache-2.0
#include "app/watchdog.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::app;
using namespace std::chrono_literals;

TEST_CASE("a loop hangs beyond its own limit: one that waits for the disk has a longer one") {
    util::Heartbeats heartbeats;
    const util::RealTime begun = util::realNow();
    for (const char* name : {"engine", "writer", "managed", "admin-call-0", "mailbox-0"})
        heartbeats.add(name).beatAt(begun, "a task");
    heartbeats.add("maintenance");  // waits for work
    const auto names = [&](util::Milliseconds after) {
        std::string all;
        for (const auto& pulse : hangingLoops(heartbeats, begun + after)) all += pulse.name + " ";
        return all;
    };

    CHECK(names(10s).empty());
    CHECK(names(11s) == "engine mailbox-0 ");
    CHECK(names(121s) == "engine writer managed admin-call-0 mailbox-0 ");
}

TEST_CASE("a loop that hangs is named with its task and its time") {
    util::Heartbeats heartbeats;
    const util::RealTime begun = util::realNow();
    heartbeats.add("engine").beatAt(begun);
    heartbeats.add("mailbox-0").beatAt(begun + 1s, "events");
    const util::RealTime now = begun + 12s;

    CHECK(sayHanging(hangingLoops(heartbeats, now), now) ==
          "the loop engine has hung for 12 seconds, the loop mailbox-0 has hung for 11 seconds "
          "(events)");
    CHECK(sayHanging({}, now).empty());
}
