// SPDX-License-Identifier: Apache-2.0
#include "managed/managed_host.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "managed_host_bench.h"

using namespace postbell;
using namespace postbell::managed;
using store::Registration;
using test::Answer;
using test::Asked;
using Bench = testing::ManagedHostBench;

TEST_CASE("a mailbox is subscribed, its callback being known before the server hears of it",
          "[managed][row:MANAGED-1]") {
    Bench bench;
    std::atomic<bool> known{false};
    bench.server.whenAsked([&](const Asked& asked) {
        const std::string base = "https://listener.example.com/mail/";
        if (asked.path != "/subscribe/anna" || asked.body.compare(0, base.size(), base) != 0)
            return;
        const auto blank = asked.body.find(' ');
        const auto found = bench.store().events().findCallback(
            util::sha256(asked.body.substr(base.size(), blank - base.size())));
        known = found && found->proof_hash == util::sha256(asked.body.substr(blank + 1));
    });
    const Registration r = bench.managed("a", "anna");
    REQUIRE(bench.subscribes(r));
    CHECK(known);
    CHECK(bench.server.asked("/subscribe/anna")[0].authorization == "id");
    CHECK(bench.now(r).mailbox_state.expires_at > bench.clock.wall());
}

TEST_CASE("the server's word on a subscription becomes a task", "[managed][row:MANAGED-9]") {
    Bench bench;
    const Registration r = bench.managed("a", "anna");
    REQUIRE(bench.subscribes(r));
    using Kind = store::MailboxChange::Kind;
    REQUIRE(bench.stage({}, {}, {{r.mailbox_state.id, Kind::RenewAsked, util::fromMs(5)}}));
    CHECK(testing::eventually([&] { return bench.server.asked("/reauthorize/anna").size() == 1; }));
    REQUIRE(bench.stage({}, {}, {{r.mailbox_state.id, Kind::Ended, util::fromMs(6)}}));
    CHECK(testing::eventually([&] { return bench.server.asked("/subscribe/anna").size() == 2; }));

    bench.server.answer("/renew/anna", {200, "gone"});
    CHECK(testing::eventually(
        [&] { return bench.server.asked("/renew/anna").size() == 1; }));  // half a day
    CHECK(testing::eventually([&] { return bench.server.asked("/subscribe/anna").size() == 3; }));
    REQUIRE(bench.store().registrations().removeRegistration(r.public_id));
    CHECK(testing::eventually([&] { return bench.server.asked("/unsubscribe/anna").size() == 1; }));
    CHECK(testing::eventually(
        [&] { return !bench.store().mailboxes().findMailbox(r.mailbox_state.id); }));
}

TEST_CASE("a note opens a task, once the subscription that it is for is there",
          "[managed][row:MANAGED-32]") {
    Bench bench;
    bench.server.answer("/confirm/anna", {200, "retry"});
    Registration r;
    std::atomic<bool> noted{false};
    bench.server.whenAsked([&](const Asked& asked) {
        if (asked.path != "/subscribe/anna" || noted.exchange(true)) return;
        // Before the server answers, as JMAP allows.
        const auto due = bench.store().mailboxes().dueMailboxes("mail", bench.clock.wall(), 1);
        bench.stage({}, {},
                    {{due.at(0).id, store::MailboxChange::Kind::Noted, util::fromMs(5), "code"}});
        CHECK(bench.server.asked("/confirm/anna").empty());
    });
    r = bench.managed("a", "anna");
    REQUIRE(bench.subscribes(r));
    // Not now, says the server: the note is kept.
    REQUIRE(testing::eventually([&] { return bench.server.asked("/confirm/anna").size() >= 2; }));
    CHECK(bench.server.asked("/confirm/anna")[0].body == " id code");
    bench.server.answer("/confirm/anna", {200, "1"});
    CHECK(testing::eventually(
        [&] { return bench.store().mailboxes().findMailbox(r.mailbox_state.id)->note.empty(); }));
    CHECK(bench.now(r).mailbox_state.problem.empty());
    CHECK(bench.now(r).mailbox_state.expires_at > bench.clock.wall());
    CHECK(bench.server.asked("/subscribe/anna").size() == 1);
}

TEST_CASE("failures of one mailbox are its own, and end", "[managed][row:MANAGED-12]") {
    Bench bench;
    bench.server.answer("/subscribe/bob", {200, "retry"});
    bench.server.answer("/subscribe/carl", {200, "refused"});
    const Registration bob = bench.managed("b", "bob");
    const Registration carl = bench.managed("c", "carl");
    const Registration anna = bench.managed("a", "anna");
    CHECK(bench.subscribes(anna));
    CHECK(testing::eventually([&] { return bench.server.asked("/subscribe/bob").size() >= 3; }));
    CHECK(testing::eventually([&] { return bench.now(carl).mailbox_state.refused; }));
    CHECK(bench.now(carl).mailbox_state.problem == "the script says no");
    CHECK_FALSE(bench.now(bob).mailbox_state.refused);
    bench.server.answer("/subscribe/bob", {200, "id"});
    bench.server.answer("/subscribe/carl", {200, "id"});
    CHECK(bench.subscribes(bob));
    CHECK(bench.subscribes(carl));
    CHECK(bench.now(carl).mailbox_state.problem.empty());
}

TEST_CASE("a refused token is replaced once; twice refused is the instance's trouble",
          "[managed][row:MANAGED-14]") {
    Bench bench;
    bench.server.answer("/subscribe/anna", {401, ""});
    const Registration r = bench.managed("a", "anna");
    CHECK(testing::eventually([&] { return util::isSet(bench.now(r).mailbox_state.failed_at); }));
    CHECK_FALSE(bench.now(r).mailbox_state.refused);
    CHECK(bench.server.asked("/subscribe/anna").size() == 2);
    CHECK(bench.server.asked("/token").size() == 2);
    bench.server.answer("/subscribe/anna", {200, "id"});
    CHECK(bench.subscribes(r));
}

TEST_CASE("a wrong secret holds everybody, and asks the login rarely",
          "[managed][row:MANAGED-18]") {
    Bench bench;
    bench.server.answer("/token", {403, ""});
    const util::WallTime begun = bench.clock.wall();
    const Registration a = bench.managed("a", "anna");
    const Registration b = bench.managed("b", "bob");
    CHECK(testing::eventually([&] {
        return bench.now(a).mailbox_state.problem.ends_with(": the secret is wrong") ||
               bench.now(b).mailbox_state.problem.ends_with(": the secret is wrong");
    }));
    CHECK(bench.server.asked("/subscribe/anna").empty());
    CHECK(testing::eventually(
        [&] { return bench.gauge("postbell_managed_authorization_failing") == 1; }));
    CHECK(testing::eventually([&] { return bench.server.asked("/token").size() >= 3; }));
    // A minute, then two, halved at most.
    CHECK(bench.clock.wall() - begun >= std::chrono::seconds(90));
    bench.server.answer("/token", {200, "id"});
    CHECK(bench.subscribes(a));
    CHECK(bench.subscribes(b));
    CHECK(testing::eventually(
        [&] { return bench.gauge("postbell_managed_authorization_failing") == 0; }));
}

TEST_CASE("the gauges of an instance are there before its first mailbox", "[managed]") {
    Bench bench;
    CHECK(bench.gauge("postbell_managed_mailboxes") == 0);
    CHECK(bench.gauge("postbell_managed_authorization_failing") == 0);
}

TEST_CASE("a backend can neither send elsewhere nor go on for ever", "[managed]") {
    Bench bench;
    const Registration elsewhere = bench.managed("e", "elsewhere");
    const Registration endless = bench.managed("f", "endless");
    CHECK(testing::eventually([&] { return bench.now(elsewhere).mailbox_state.refused; }));
    CHECK(bench.now(elsewhere).mailbox_state.problem.find("allowed_origins") != std::string::npos);
    CHECK(testing::eventually([&] { return bench.now(endless).mailbox_state.refused; }));
    CHECK(bench.now(endless).mailbox_state.problem.find("no end") != std::string::npos);
}

TEST_CASE("a claim is proven, refused, or not to be decided now", "[managed][row:MANAGED-5]") {
    Bench bench;
    bench.server.answer("/claim/", {200, "anna"});
    CHECK(bench.host->claim("mail", "{}").kind == Claim::Kind::Proven);
    CHECK(bench.host->claim("mail", "{}").mailbox == "anna");
    bench.server.answer("/claim/", {200, "refused"});
    CHECK(bench.host->claim("mail", "{}").kind == Claim::Kind::Refused);
    bench.server.answer("/claim/", {200, "retry"});
    CHECK(bench.host->claim("mail", "{}").kind == Claim::Kind::Unavailable);
    CHECK(bench.host->claim("nothing", "{}").kind == Claim::Kind::Unavailable);
    CHECK(bench.host->has("mail"));
    CHECK_FALSE(bench.host->has("nothing"));
}

TEST_CASE("a login that refuses the gateway refuses no device", "[managed][row:MANAGED-39]") {
    Bench bench;
    bench.server.answer("/token", {403, ""});
    const Claim claim = bench.host->claim("mail", "{}");
    CHECK(claim.kind == Claim::Kind::Unavailable);
    CHECK_THAT(claim.problem, !Catch::Contains("secret"));
}

TEST_CASE("claims that wait in vain are few, and the next are answered at once", "[managed]") {
    Bench bench;
    bench.server.answer("/claim/", {200, "anna", std::chrono::milliseconds(60'000)});
    const auto claim = [&] { return bench.host->claim("mail", "{}").kind; };
    std::vector<std::future<Claim::Kind>> claims;
    for (int i = 0; i < 6; ++i) claims.push_back(std::async(std::launch::async, claim));
    const auto answered = [&] {
        return std::ranges::count_if(claims, [](const auto& one) {
            return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
        });
    };
    REQUIRE(testing::eventually([&] { return answered() == 2; }));
    REQUIRE(testing::eventually([&] { return answered() == 6; }));
    for (auto& one : claims) CHECK(one.get() == Claim::Kind::Unavailable);
    CHECK(bench.server.asked("/claim/").size() == 1);

    bench.server.release();
    const auto before = util::realNow();
    CHECK(claim() == Claim::Kind::Unavailable);
    CHECK(util::realNow() - before < std::chrono::seconds(2));
}

TEST_CASE("callers that ask for one mailbox's count together share a request",
          "[managed][row:MANAGED-2]") {
    Bench bench;
    bench.server.answer("/count/anna", {200, "7", std::chrono::milliseconds(100)});
    const Registration r = bench.managed("a", "anna");
    std::vector<std::future<std::int32_t>> counts;
    for (int i = 0; i < 40; ++i)
        counts.push_back(std::async(std::launch::async, [&] { return bench.count(r); }));
    for (auto& counted : counts) CHECK(counted.get() == 7);
    CHECK(bench.server.asked("/count/anna").size() <= 4);
}

TEST_CASE("a count is no older than the question", "[managed][row:MANAGED-2]") {
    Bench bench;
    const Registration r = bench.managed("a", "anna");
    bench.server.answer("/count/anna", {200, "1"});
    CHECK(bench.count(r) == 1);
    bench.server.answer("/count/anna", {200, "2"});
    CHECK(bench.count(r) == 2);
}

TEST_CASE("a count that does not come is unknown", "[managed][row:MANAGED-13]") {
    Bench bench;
    const Registration r = bench.managed("a", "anna");
    bench.server.answer("/count/anna", {200, "refused"});
    CHECK(bench.count(r) == store::kUnknownCount);
    bench.server.answer("/count/anna", {200, "1", std::chrono::seconds(20)});
    const auto begun = std::chrono::steady_clock::now();
    CHECK(bench.count(r) == store::kUnknownCount);
    const auto took = std::chrono::steady_clock::now() - begun;
    CHECK(took > std::chrono::milliseconds(2'500));
    CHECK(took < std::chrono::milliseconds(6'000));
    Registration nobody;
    nobody.mailbox_state.id = 12345;
    CHECK(bench.count(nobody) == store::kUnknownCount);
}

TEST_CASE("stopping waits for no mail server", "[managed]") {
    Bench bench;
    bench.server.answer("/subscribe/anna", {200, "id", std::chrono::seconds(30)});
    bench.managed("a", "anna");
    REQUIRE(testing::eventually([&] { return !bench.server.asked("/subscribe/anna").empty(); }));
    const auto begun = std::chrono::steady_clock::now();
    bench.host->stop();
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
}
