// SPDX-License-Identifier: Apache-2.0
#include "plugin/authorization_keeper.h"

#include <catch2/catch.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "support/fake_clock.h"

using namespace postbell;
using namespace postbell::plugin;
using namespace std::chrono_literals;
using plugin::Authorization;
using Next = AuthorizationKeeper::Next;

namespace {

struct Bench {
    /// Like a token for Apple: renewed from 50 minutes on, useless after 60, resented before 20.
    Authorization token() const {
        Authorization a;
        a.name = "authorization";
        a.value = "bearer x";
        a.renew = clock.wall() + 50min;
        a.expires = clock.wall() + 60min;
        a.not_renewed_before = clock.wall() + 20min;
        return a;
    }
    util::Milliseconds pause() const {
        return std::chrono::duration_cast<util::Milliseconds>(keeper.retryAt() - clock.steady());
    }

    testing::FakeClock clock;
    AuthorizationKeeper keeper{clock};
};

/// A row of the table: a state, the way to it, and the keeper's next step.
struct State {
    const char* name;
    std::function<void(Bench&)> reach;
    Next next;
};

}  // namespace

TEST_CASE("the next step in each state", "[plugin][row:RULE-4]") {
    const auto given = [](Bench& b) { b.keeper.given(b.token()); };
    const auto after = [given](util::Milliseconds age, std::function<void(Bench&)> then = {}) {
        return [=](Bench& b) {
            given(b);
            b.clock.advance(age);
            if (then) then(b);
        };
    };
    const auto begin = [](Bench& b) { b.keeper.exchangeBegun(); };
    const auto drop = [](Bench& b) { b.keeper.drop(); };
    const auto postpone = [](Bench& b) { b.keeper.postpone("overloaded", 30s); };
    const auto refuse = [](Bench& b) { b.keeper.refuse("wrong key"); };
    const auto early = [](Bench& b) { b.keeper.renewEarly(); };
    const State kStates[] = {
        {"nothing was ever held", [](Bench&) {}, Next::Ask},
        {"nothing is held, and an exchange is under way", begin, Next::Wait},
        {"it could not be had", postpone, Next::Wait},
        {"and the pause is over", [=](Bench& b) { postpone(b), b.clock.advance(31s); }, Next::Ask},
        {"it was refused", refuse, Next::Refused},
        {"and the pause is over", [=](Bench& b) { refuse(b), b.clock.advance(10min); }, Next::Ask},
        {"it was refused, and is asked for again",
         [=](Bench& b) { refuse(b), b.clock.advance(10min), begin(b); }, Next::Wait},
        {"what was refused before cannot be had now", [=](Bench& b) { refuse(b), postpone(b); },
         Next::Wait},
        {"it is new", given, Next::Present},
        {"it is to be renewed", after(50min), Next::Renew},
        {"it is being renewed", after(50min, begin), Next::Present},
        {"it could not be renewed", after(50min, postpone), Next::Present},
        {"it was refused a renewal", after(50min, refuse), Next::Present},
        {"it has expired", after(60min), Next::Ask},
        {"it has expired while it was being renewed", after(60min, begin), Next::Wait},
        {"it was dropped early", after(1min, drop), Next::Wait},
        {"it was dropped, and is no longer resented", after(20min, drop), Next::Ask},
        {"it was dropped, and another was given",
         after(20min, [=](Bench& b) { drop(b), given(b); }), Next::Present},
        {"another may help, but would be resented", after(1min, early), Next::Present},
        {"another may help, and is no longer resented",
         after(1min, [=](Bench& b) { early(b), b.clock.advance(19min); }), Next::Renew},
        {"another may help", after(20min, early), Next::Ask},
        {"none is needed",
         [](Bench& b) {
             Authorization none;
             none.none_needed = true;
             b.keeper.given(none);
             b.clock.advance(1000h);
         },
         Next::Present},
    };
    for (const State& state : kStates) {
        INFO(state.name);
        Bench bench;
        state.reach(bench);
        CHECK(bench.keeper.next() == state.next);
    }
}

TEST_CASE("a dropped authorization is replaced when the network does not resent it", "[plugin]") {
    Bench bench;
    bench.keeper.given(bench.token());
    bench.clock.advance(1min);
    bench.keeper.drop();
    CHECK(bench.pause() == 19min);
    bench.clock.advance(19min - 1ms);
    CHECK(bench.keeper.next() == Next::Wait);
    bench.clock.advance(1ms);
    CHECK(bench.keeper.next() == Next::Ask);
}

TEST_CASE("a restart forgets no promise", "[plugin]") {
    testing::FakeClock clock;
    Authorization stored;
    stored.name = "authorization";
    stored.not_renewed_before = clock.wall() + 20min;
    stored.given = clock.wall();
    AuthorizationKeeper keeper(clock, stored);
    CHECK(keeper.next() == Next::Present);
    keeper.drop();
    CHECK(keeper.next() == Next::Wait);
}

TEST_CASE("pauses grow from failure to failure, and one that is asked for is kept", "[plugin]") {
    Bench bench;
    bench.keeper.postpone("no answer", 0ms);
    CHECK(bench.pause() >= 500ms);
    CHECK(bench.pause() <= 1s);
    for (int i = 0; i < 20; ++i) bench.keeper.postpone("no answer", 0ms);
    CHECK(bench.pause() >= 150s);
    CHECK(bench.pause() <= 5min);
    bench.keeper.postpone("overloaded", 1h);
    CHECK(bench.pause() == 1h);
    CHECK(bench.keeper.problem() == "overloaded");

    bench.keeper.given(bench.token());
    CHECK(bench.keeper.problem().empty());
    CHECK_FALSE(util::isSet(bench.keeper.retryAt()));
    bench.keeper.postpone("no answer", 0ms);
    CHECK(bench.pause() <= 1s);

    bench.keeper.refuse("wrong key");
    CHECK(bench.keeper.refused());
    CHECK(bench.pause() >= 30s);
}

TEST_CASE("a wall clock that is set back prolongs no pause", "[plugin]") {
    Bench bench;
    bench.keeper.given(bench.token());
    bench.keeper.drop();
    bench.clock.setWall(bench.clock.wall() - 24h);
    bench.clock.advance(20min);
    CHECK(bench.keeper.next() == Next::Ask);
    bench.clock.setWall(bench.clock.wall() - 24h);
    bench.keeper.drop();
    CHECK(bench.keeper.next() == Next::Ask);

    bench.keeper.postpone("no answer", 0ms);
    bench.clock.setWall(bench.clock.wall() - 24h);
    bench.clock.advance(1s);
    CHECK(bench.keeper.next() == Next::Ask);
}

TEST_CASE("an authorization of a clock that was ahead is presented until it is refused or renewed",
          "[plugin]") {
    Bench bench;
    bench.keeper.given(bench.token());
    bench.clock.setWall(bench.clock.wall() - 2h);
    CHECK(bench.keeper.next() == Next::Present);
    SECTION("while it is accepted") {
        bench.clock.advance(20min - 1ms);
        CHECK(bench.keeper.next() == Next::Present);
        bench.clock.advance(1ms);
        CHECK(bench.keeper.next() == Next::Renew);
    }
    SECTION("once the credential is refused") {
        bench.keeper.renewEarly();
        CHECK(bench.keeper.next() == Next::Ask);
    }
    SECTION("once it is refused") {
        bench.clock.advance(1min);
        bench.keeper.drop();
        CHECK(bench.keeper.next() == Next::Ask);
    }
    bench.keeper.given(bench.token());
    bench.clock.advance(49min);
    CHECK(bench.keeper.next() == Next::Present);
}

TEST_CASE(
    "an authorization that was refused while the clock was ahead is replaced once it is right",
    "[plugin]") {
    Bench bench;
    bench.keeper.given(bench.token());
    SECTION("refused itself") {
        bench.keeper.drop();
    }
    SECTION("with its credential") {
        bench.keeper.renewEarly();
    }
    bench.clock.advance(1min);
    const Next before = bench.keeper.next();
    CHECK((before == Next::Wait || before == Next::Present));

    bench.clock.setWall(bench.clock.wall() - 50min);
    const Next next = bench.keeper.next();
    CHECK((next == Next::Ask || next == Next::Renew));
}

TEST_CASE("a wall clock that is set right by seconds replaces no authorization", "[plugin]") {
    Bench bench;
    bench.keeper.given(bench.token());
    bench.clock.setWall(bench.clock.wall() - 30s);
    bench.clock.advance(49min);
    CHECK(bench.keeper.next() == Next::Present);
}

TEST_CASE("each authorization has a number of its own", "[plugin]") {
    Bench bench;
    const auto none = bench.keeper.number();
    bench.keeper.given(bench.token());
    const auto first = bench.keeper.number();
    bench.keeper.drop();
    CHECK(bench.keeper.number() == first);
    bench.keeper.given(bench.token());
    CHECK(none != first);
    CHECK(bench.keeper.number() != first);
}

TEST_CASE("an authorization that is to be replaced is no new one the first time it is given",
          "[plugin][row:RULE-4]") {
    Bench b;
    CHECK_FALSE(b.keeper.wantsAnother(b.token()));
    b.keeper.given(b.token());
    CHECK_FALSE(b.keeper.wantsAnother(b.token()));
    SECTION("since its credential was refused while another was resented") {
        b.keeper.renewEarly();
    }
    b.clock.advance(25min);
    SECTION("since its credential was refused") {
        b.keeper.renewEarly();
    }
    SECTION("since it was refused") {
        b.keeper.drop();
    }
    Authorization another = b.token();
    another.value = "bearer y";
    CHECK_FALSE(b.keeper.wantsAnother(another));
    CHECK(b.keeper.wantsAnother(b.token()));
    CHECK_FALSE(b.keeper.wantsAnother(b.token()));

    b.keeper.given(b.token());
    b.clock.advance(25min);
    b.keeper.drop();
    CHECK(b.keeper.wantsAnother(b.token()));
}

TEST_CASE("an authorization that had expired before it came is a failure", "[plugin]") {
    Bench b;
    Authorization late = b.token();
    late.expires = b.clock.wall();
    CHECK_FALSE(b.keeper.given(late));
    CHECK(b.keeper.next() == Next::Wait);
    CHECK(b.keeper.problem() == "the authorization had expired before it came");
    CHECK(b.keeper.number() == 0);
    b.clock.advance(10min);
    CHECK(b.keeper.next() == Next::Ask);
}

TEST_CASE("exchanges that lead to one another are bounded", "[plugin]") {
    Bench b;
    for (int i = 0; i < 8; ++i) CHECK(b.keeper.mayExchange());
    CHECK_FALSE(b.keeper.mayExchange());
    CHECK(b.keeper.next() == Next::Wait);
    CHECK(b.keeper.problem().find("led to the next") != std::string::npos);
    b.clock.advance(10min);
    CHECK(b.keeper.mayExchange());
    CHECK(b.keeper.given(b.token()));
    CHECK(b.keeper.mayExchange());
}

TEST_CASE(
    "one from before a restart that was made while the clock was ahead is replaced at once "
    "when it is refused",
    "[plugin]") {
    Bench b;
    Authorization ahead = b.token();
    ahead.given = b.clock.wall();
    for (util::WallTime* time :
         {&ahead.renew, &ahead.expires, &ahead.not_renewed_before, &ahead.given})
        *time += 48h;
    AuthorizationKeeper keeper(b.clock, ahead);
    keeper.drop();
    CHECK(keeper.next() == Next::Ask);
}

TEST_CASE("a clock that is set back does not prolong the pause before another authorization",
          "[plugin]") {
    Bench b;
    b.keeper.given(b.token());
    b.keeper.drop();
    const util::SteadyTime until = b.keeper.retryAt();
    b.clock.setWall(b.clock.wall() - 48h);
    CHECK(b.keeper.retryAt() <= until);
    b.clock.advance(20min);
    CHECK(b.keeper.next() == Next::Ask);
}

namespace {

/// A clock that is set ahead by a year or back by hours, in one run or with restarts, and the
/// authorizations of before and of meanwhile: the network takes the first alone.
struct SetClock {
    static constexpr util::Milliseconds kAhead = std::chrono::years(1);

    Authorization token(const std::string& value) const {
        Authorization a;
        a.name = "authorization";
        a.value = value;
        a.expires = clock.wall() + 60min;
        a.not_renewed_before = clock.wall() + 20min;
        return a;
    }
    void give(const std::string& value) { REQUIRE(keeper->given(token(value))); }
    void restart() {
        const Authorization held = keeper->held(), earlier = keeper->earlier();
        keeper.emplace(clock, held, earlier);
    }
    void setClock(util::Milliseconds by) { clock.setWall(clock.wall() + by); }

    testing::FakeClock clock;
    std::optional<AuthorizationKeeper> keeper{std::in_place, clock};
};

}  // namespace

TEST_CASE("the authorization of before takes the place of one of a clock that was ahead",
          "[plugin]") {
    const std::pair<const char*, std::function<void(SetClock&)>> ways[] = {
        {"in one run", [](SetClock&) {}},
        {"the gateway was restarted meanwhile", [](SetClock& c) { c.restart(); }},
        {"it was refused", [](SetClock& c) { c.keeper->drop(); }},
        {"it was refused, and so was another",
         [](SetClock& c) {
             c.keeper->drop();
             c.clock.advance(20min);
             c.give("another of the future");
             c.keeper->drop();
         }},
    };
    for (const auto& [name, meanwhile] : ways) {
        INFO(name);
        SetClock c;
        c.give("good");
        c.clock.advance(1min);
        c.setClock(SetClock::kAhead);
        c.restart();
        CHECK(c.keeper->next() == Next::Ask);
        c.give("of the future");
        meanwhile(c);
        CHECK_FALSE(c.keeper->returnToEarlier());

        c.setClock(-SetClock::kAhead);
        const std::uint64_t before = c.keeper->number();
        CHECK(c.keeper->returnToEarlier());

        CHECK(c.keeper->held().value == "good");
        CHECK(c.keeper->next() == Next::Present);
        CHECK(c.keeper->number() != before);
        CHECK_FALSE(c.keeper->returnToEarlier());
    }
}

TEST_CASE("the authorization of before takes the place of one of a clock that was behind",
          "[plugin]") {
    SetClock c;
    c.give("good");
    c.clock.advance(1min);
    SECTION("with its credential refused") {
        c.keeper->renewEarly();
    }
    SECTION("undisputed") {}
    c.setClock(-3h);
    c.give("of the past");
    CHECK_FALSE(c.keeper->returnToEarlier());
    c.keeper->drop();
    c.clock.advance(1min);

    c.setClock(3h);

    CHECK(c.keeper->returnToEarlier());
    CHECK(c.keeper->held().value == "good");
    CHECK(c.keeper->next() == Next::Present);
}

TEST_CASE("an authorization of before that is good no more takes no place", "[plugin]") {
    SetClock c;
    c.give("good");
    SECTION("it has expired") {
        c.setClock(SetClock::kAhead);
        c.give("of the future");
        c.clock.advance(60min);
    }
    SECTION("it was refused") {
        c.keeper->drop();
        c.setClock(SetClock::kAhead);
        c.give("of the future");
    }
    c.setClock(-SetClock::kAhead);
    CHECK_FALSE(c.keeper->returnToEarlier());
}
