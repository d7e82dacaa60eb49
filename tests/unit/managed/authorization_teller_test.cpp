// SPDX-License-Identifier: Apache-2.0
#include "managed/authorization_teller.h"

#include <catch2/catch.hpp>

#include <string>

#include "unit/plugin/plugin_folder.h"

using namespace postbell;
using namespace postbell::managed;
using namespace std::chrono_literals;

namespace {

constexpr const char* kRefused = "has no authorization for a mail server";
constexpr const char* kNotNow = "gets no authorization: its tasks wait";
constexpr const char* kAccepted = "accepts the gateway's credential again";
constexpr const char* kAgain = "gets authorizations again";

struct Bench : test::Bench {
    void give() {
        plugin::Authorization authorization;
        authorization.name = "authorization";
        authorization.expires = clock.wall() + 1h;
        CHECK(keeper.given(authorization));
        teller.look(keeper);
    }
    void refuse() {
        keeper.refuse("the secret is wrong");
        teller.look(keeper);
    }
    void postpone() {
        keeper.postpone("overloaded", 0ms);
        teller.look(keeper);
    }
    int told(const std::string& line) const {
        const std::string lines = logged();
        int times = 0;
        for (auto at = lines.find(line); at != lines.npos; at = lines.find(line, at + 1)) ++times;
        return times;
    }

    plugin::AuthorizationKeeper keeper{clock};
    AuthorizationTeller teller{"mail", clock, log};
};

}  // namespace

TEST_CASE("a refused credential is told once, and so is its acceptance", "[managed]") {
    Bench bench;
    for (int i = 0; i < 3; ++i) {
        bench.refuse();
        bench.clock.advance(10min);
    }
    CHECK(bench.told(kRefused) == 1);
    CHECK(bench.told("the secret is wrong") == 1);
    bench.give();
    bench.give();
    CHECK(bench.told(kAccepted) == 1);
    CHECK(bench.told(kNotNow) + bench.told(kAgain) == 0);
}

TEST_CASE("a lack for another reason is told once a minute, and its end once", "[managed]") {
    Bench bench;
    for (int i = 0; i < 3; ++i) bench.postpone();
    CHECK(bench.told(kNotNow) == 1);
    bench.clock.advance(1min);
    bench.postpone();
    CHECK(bench.told(kNotNow) == 2);
    CHECK(bench.told("overloaded") == 2);
    bench.give();
    bench.give();
    CHECK(bench.told(kAgain) == 1);
    CHECK(bench.told(kRefused) + bench.told(kAccepted) == 0);
}

TEST_CASE("a renewal that fails is no lack while an authorization is held", "[managed]") {
    Bench bench;
    bench.give();
    bench.postpone();
    CHECK(bench.told(kNotNow) == 0);
    SECTION("but once that has expired") {
        bench.clock.advance(1h);
        bench.postpone();
        CHECK(bench.told(kNotNow) == 1);
    }
    SECTION("and one that is refused is told at once, until another is held") {
        bench.refuse();
        CHECK(bench.told(kRefused) == 1);
        bench.postpone();
        CHECK(bench.told(kAccepted) == 0);
        bench.give();
        CHECK(bench.told(kAccepted) == 1);
    }
}
