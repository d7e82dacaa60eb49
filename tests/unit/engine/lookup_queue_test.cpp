// SPDX-License-Identifier: Apache-2.0
#include "engine/lookup_queue.h"

#include <catch2/catch.hpp>

using namespace postbell;
using engine::LookupQueue;
using Pace = LookupQueue::Pace;

namespace {

struct Fixture {
    LookupQueue queue{{24, 8, 4, 2, 250, 4, 2}};

    bool add(const std::string& host, std::uint64_t owner = 1) { return queue.add(host, owner); }
    /// The names that may be looked up now.
    std::size_t takeAll() {
        std::size_t taken = 0;
        while (queue.take()) ++taken;
        return taken;
    }
};

}  // namespace

TEST_CASE("names go in the order of their coming", "[engine]") {
    Fixture f;
    f.add("a.one.example");
    f.add("b.two.example");
    CHECK(f.queue.take() == "a.one.example");
    CHECK(f.queue.take() == "b.two.example");
    CHECK_FALSE(f.queue.take());
}

TEST_CASE("the names of one site have two threads, of one owner four, of all that are new eight",
          "[engine]") {
    Fixture f;
    SECTION("of one site") {
        for (unsigned i = 0; i < 9; ++i) f.add("h" + std::to_string(i) + ".rival.example");
        CHECK(f.takeAll() == 2);
        f.add("another.rival.example", 2);
        CHECK(f.queue.take() == "another.rival.example");
    }
    SECTION("of one owner") {
        for (int i = 0; i < 9; ++i)
            f.add("www.s" + std::to_string(i) + ".test" + std::to_string(i));
        CHECK(f.takeAll() == 4);
    }
    SECTION("of all") {
        for (unsigned i = 0; i < 20; ++i)
            f.add("www.t" + std::to_string(i) + ".s" + std::to_string(i), i);
        CHECK(f.takeAll() == 8);
    }
}

TEST_CASE("a name that was quick the last time waits for no other kind", "[engine]") {
    Fixture f;
    f.add("push.good.example");
    CHECK(f.takeAll() == 1);
    f.queue.ended("push.good.example", Pace::Quick);
    for (int i = 0; i < 100; ++i) f.add("h" + std::to_string(i) + ".good.example");
    f.takeAll();
    f.add("push.good.example");
    CHECK(f.queue.take() == "push.good.example");

    f.queue.ended("push.good.example", Pace::Slow);
    f.add("push.good.example");
    CHECK_FALSE(f.queue.take());
}

TEST_CASE("names that were quick and hang now take no more than their share", "[engine]") {
    Fixture f;
    const auto prove = [&](const std::string& host, std::uint64_t owner) {
        f.add(host, owner);
        CHECK(f.queue.take() == host);
        f.queue.ended(host, Pace::Quick);
    };
    SECTION("of one site") {
        for (unsigned i = 0; i < 9; ++i) prove("h" + std::to_string(i) + ".rival.example", 1);
        for (unsigned i = 0; i < 9; ++i) f.add("h" + std::to_string(i) + ".rival.example");
        CHECK(f.takeAll() == 2);
    }
    SECTION("of one owner") {
        for (unsigned i = 0; i < 9; ++i) prove("www.s" + std::to_string(i) + ".example", 1);
        for (unsigned i = 0; i < 9; ++i) prove("www.t.test" + std::to_string(i), 1);
        for (unsigned i = 0; i < 9; ++i) f.add("www.t.test" + std::to_string(i));
        CHECK(f.takeAll() == 4);
        prove("push.good.example", 2);
    }
}

TEST_CASE("a name that hangs takes the proof of its site's names away", "[engine]") {
    Fixture f;
    for (const char* host : {"a.rival.example", "b.rival.example", "push.good.test"}) {
        f.add(host);
        CHECK(f.queue.take() == host);
        f.queue.ended(host, Pace::Quick);
    }
    f.add("a.rival.example");
    CHECK(f.takeAll() == 1);
    f.add("b.rival.example");
    f.queue.ended("a.rival.example", Pace::Slow);

    for (int i = 0; i < 8; ++i)
        f.add("new" + std::to_string(i) + ".site" + std::to_string(i), 10 + unsigned(i));
    f.add("push.good.test");
    CHECK(f.takeAll() == 9);  // b.rival.example among the eight that are not proven
    CHECK(f.queue.waiting() == 1);
}

TEST_CASE("a look-up that has ended makes room for the next", "[engine]") {
    Fixture f;
    for (int i = 0; i < 3; ++i) f.add("h" + std::to_string(i) + ".rival.example");
    CHECK(f.takeAll() == 2);
    f.queue.ended("h0.rival.example", Pace::Slow);
    CHECK(f.queue.take() == "h2.rival.example");
}

TEST_CASE("of one owner 250 names wait, of all a thousand", "[engine]") {
    Fixture f;
    for (int i = 0; i < 250; ++i) CHECK(f.add("h" + std::to_string(i) + ".example"));
    CHECK_FALSE(f.add("one-more.example"));
    CHECK(f.add("another-owner.example", 2));
    CHECK(f.queue.remove("h7.example"));
    CHECK_FALSE(f.queue.remove("h7.example"));
    CHECK(f.add("one-more.example"));
}

TEST_CASE("a site is the last two labels of a name", "[engine]") {
    CHECK(engine::siteOf("a.b.push.example") == "push.example");
    CHECK(engine::siteOf("push.example") == "push.example");
    CHECK(engine::siteOf("a.push.example.") == "push.example");
    CHECK(engine::siteOf("localhost") == "localhost");
    CHECK(engine::siteOf(".x") == ".x");
}
