// SPDX-License-Identifier: Apache-2.0
#include "plugin/authorizer.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/fake_clock.h"

using namespace postbell;
using namespace std::chrono_literals;
using plugin::AuthorizationAnswer;
using plugin::Authorizer;
using Kind = AuthorizationAnswer::Kind;
using Result = Authorizer::Result;

namespace {

AuthorizationAnswer answer(Kind kind) {
    AuthorizationAnswer made;
    made.kind = kind;
    made.authorization.name = "authorization";
    made.authorization.value = "bearer x";
    made.exchange.origin = "https://login.example.com";
    made.problem = "its words";
    return made;
}

struct Bench final : Authorizer::Client {
    AuthorizationAnswer ask() override {
        ++asked;
        return std::exchange(first_answer, std::nullopt).value_or(answers);
    }
    std::string originBreach(const std::string&) const override { return breach; }
    void send(plugin::HttpRequest exchange) override {
        if (!reachable) throw std::runtime_error("no descriptors");
        sent.push_back(exchange.origin);
    }
    Result exchanged(const AuthorizationAnswer& word) {
        return authorizer.exchanged([&] { return word; });
    }

    testing::FakeClock clock;
    AuthorizationAnswer answers = answer(Kind::Exchange);
    std::optional<AuthorizationAnswer> first_answer;  ///< in place of `answers`
    std::string breach;
    bool reachable = true;
    int asked = 0;
    std::vector<std::string> sent;
    Authorizer authorizer{*this, clock};
};

}  // namespace

TEST_CASE("a given authorization is held, and the plugin is not asked again") {
    Bench bench;
    bench.answers = answer(Kind::Given);
    CHECK(bench.authorizer.obtain() == Result::Taken);
    CHECK(bench.authorizer.obtain() == Result::Taken);
    CHECK(bench.asked == 1);
    CHECK(bench.authorizer.keeper().usable());
    CHECK(bench.authorizer.keeper().held().value == "bearer x");
}

TEST_CASE("one exchange at a time is under way, and its answer is held") {
    Bench bench;
    CHECK(bench.authorizer.obtain() == Result::Taken);
    CHECK(bench.authorizer.obtain() == Result::Taken);
    CHECK(bench.sent == std::vector<std::string>{"https://login.example.com"});
    CHECK(bench.authorizer.keeper().exchanging());
    CHECK(bench.exchanged(answer(Kind::Given)) == Result::Taken);
    CHECK(bench.authorizer.keeper().usable());
    CHECK_FALSE(bench.authorizer.keeper().exchanging());
}

TEST_CASE("an exchange with a stranger is refused") {
    Bench bench;
    bench.breach = "a stranger";
    CHECK(bench.authorizer.obtain() == Result::Taken);
    CHECK(bench.authorizer.keeper().refused());
    CHECK(bench.authorizer.keeper().problem() == "a stranger");
    CHECK(bench.sent.empty());
}

TEST_CASE("an exchange that cannot leave is tried again after a pause") {
    Bench bench;
    bench.reachable = false;
    CHECK(bench.authorizer.obtain() == Result::NotNow);
    CHECK_FALSE(bench.authorizer.keeper().exchanging());
    CHECK(bench.authorizer.keeper().problem() == "no descriptors");
    bench.reachable = true;
    CHECK(bench.authorizer.obtain() == Result::Taken);
    CHECK(bench.sent.empty());
    bench.clock.advance(10min);
    CHECK(bench.authorizer.obtain() == Result::Taken);
    CHECK(bench.sent.size() == 1);
}

TEST_CASE("an exchange whose answer cannot be read is followed by another after a pause") {
    Bench bench;
    CHECK(bench.authorizer.obtain() == Result::Taken);
    const auto unreadable = []() -> AuthorizationAnswer { throw std::runtime_error("no memory"); };
    CHECK(bench.authorizer.exchanged(unreadable) == Result::NotNow);
    CHECK_FALSE(bench.authorizer.keeper().exchanging());
    CHECK(bench.authorizer.keeper().problem() == "no memory");
    CHECK(bench.authorizer.obtain() == Result::Taken);
    CHECK(bench.sent.size() == 1);
    bench.clock.advance(10min);
    CHECK(bench.authorizer.obtain() == Result::Taken);
    CHECK(bench.sent.size() == 2);
}

TEST_CASE("exchanges that only lead to others are the plugin's fault") {
    Bench bench;
    Result last = bench.authorizer.obtain();
    for (int i = 0; i < 20 && last == Result::Taken; ++i)
        last = bench.exchanged(answer(Kind::Exchange));
    CHECK(last == Result::Useless);
    CHECK(bench.sent.size() == 8);
}

TEST_CASE("a plugin that gives the refused authorization again is asked once more",
          "[row:RULE-4]") {
    Bench bench;
    bench.answers = answer(Kind::Given);
    CHECK(bench.authorizer.obtain() == Result::Taken);
    bench.authorizer.keeper().drop();
    const std::uint64_t refused = bench.authorizer.keeper().number();

    SECTION("and gives another") {
        bench.first_answer = bench.answers;
        bench.answers.authorization.value = "bearer y";
        CHECK(bench.authorizer.obtain() == Result::Taken);
        CHECK(bench.authorizer.keeper().held().value == "bearer y");
    }
    SECTION("and gets another by an exchange") {
        bench.first_answer = bench.answers;
        bench.answers = answer(Kind::Exchange);
        CHECK(bench.authorizer.obtain() == Result::Taken);
        CHECK(bench.sent.size() == 1);
        CHECK_FALSE(bench.authorizer.keeper().usable());
        AuthorizationAnswer other = answer(Kind::Given);
        other.authorization.value = "bearer y";
        CHECK(bench.exchanged(other) == Result::Taken);
    }
    SECTION("and has no other") {
        CHECK(bench.authorizer.obtain() == Result::Taken);
    }
    CHECK(bench.asked == 3);
    CHECK(bench.authorizer.keeper().usable());
    CHECK(bench.authorizer.keeper().number() == refused + 1);
}

TEST_CASE("an authorization that has expired is the plugin's fault") {
    Bench bench;
    bench.answers = answer(Kind::Given);
    bench.answers.authorization.expires = bench.clock.wall() - 1s;
    CHECK(bench.authorizer.obtain() == Result::Useless);
    CHECK_FALSE(bench.authorizer.keeper().usable());
}
