// SPDX-License-Identifier: Apache-2.0
// Whose mailbox an id token proves.
#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "managed_bench.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Contains;
using nlohmann::json;

namespace {

json claims(const json& changes = json::object()) {
    json usual = {{"aud", kClient},
                  {"iss", std::string("https://login.microsoftonline.com/") + kTenant + "/v2.0"},
                  {"tid", kTenant},
                  {"oid", kUser},
                  {"nbf", kNow / 1000 - 10},
                  {"exp", kNow / 1000 + 3600}};
    for (const auto& [name, value] : changes.items()) {
        if (value.is_null())
            usual.erase(name);
        else
            usual[name] = value;
    }
    return usual;
}

Task claimOf(const std::string& token) {
    Task task;
    task.kind = TaskKind::Claim;
    task.grant = json{{"id_token", token}}.dump();
    return task;
}

struct Claiming : ManagedBench {
    std::unique_ptr<testing::FakeTask> claim(const std::string& token) {
        auto claiming = task(claimOf(token));
        if (claiming->begin(kNow)) giveKeys(*claiming, login);
        return claiming;
    }
    FakeLogin login;
};

}  // namespace

TEST_CASE("an id token that the tenant signed for this application proves its user's mailbox",
          "[row:MANAGED-5]") {
    Claiming bench;
    auto task = bench.task(claimOf(bench.login.sign(claims())));
    REQUIRE(task->begin(kNow));
    CHECK(task->request.method == "GET");
    CHECK(task->request.origin == "https://login.microsoftonline.com");
    CHECK(task->request.path ==
          std::string("/") + kTenant + "/v2.0/.well-known/openid-configuration");
    CHECK_FALSE(task->authorize);
    Claiming::giveKeys(*task, bench.login);
    CHECK(task->result == StepResult::Done);
    CHECK(task->mailbox == kUser);

    SECTION("and the keys are not fetched again for the next one") {
        auto next = bench.task(claimOf(bench.login.sign(claims())));
        CHECK_FALSE(next->begin(kNow + 60'000));
        CHECK(next->mailbox == kUser);
    }
    SECTION("for two days at most") {
        auto late = bench.task(claimOf(bench.login.sign(claims())));
        CHECK(late->begin(kNow + 49 * 3'600'000LL));
    }
}

TEST_CASE("a token that is not to be believed proves nothing", "[row:MANAGED-5]") {
    Claiming bench;
    const FakeLogin stranger;
    const auto refusal = [&](const std::string& token) {
        const auto task = bench.claim(token);
        CHECK(task->result == StepResult::Refused);
        CHECK(task->mailbox.empty());
        return task->problem;
    };

    SECTION("another algorithm") {
        const json none = {{"alg", "none"}};
        CHECK_THAT(refusal(bench.login.sign(claims(), none)), Contains("RS256"));
        std::string unsigned_token = bench.login.sign(claims(), none);
        unsigned_token.erase(unsigned_token.rfind('.') + 1);
        CHECK_THAT(refusal(unsigned_token), Contains("RS256"));
        CHECK_THAT(refusal(bench.login.signWithPublicKey(claims())), Contains("RS256"));
        CHECK_THAT(refusal(bench.login.sign(claims(), {{"alg", "rs256"}})), Contains("RS256"));
        CHECK_THAT(refusal(bench.login.sign(claims(), {{"alg", "RS512"}})), Contains("RS256"));
        CHECK_THAT(refusal(bench.login.sign(claims(), {{"crit", {"exp"}}})), Contains("RS256"));
    }
    SECTION("another signature") {
        CHECK_THAT(refusal(stranger.sign(claims())), Contains("signature"));
        std::string changed = bench.login.sign(claims());
        const std::string other = base64Url(claims({{"oid", kClient}}).dump());
        const auto first = changed.find('.');
        changed.replace(first + 1, changed.rfind('.') - first - 1, other);
        CHECK_THAT(refusal(changed), Contains("signature"));
    }
    SECTION("a key that nobody published") {
        CHECK_THAT(refusal(FakeLogin("key-2").sign(claims())), Contains("no key"));
        CHECK_THAT(refusal(bench.login.sign(claims(), {{"kid", ""}})), Contains("no key"));
    }
    SECTION("another login, tenant or application") {
        CHECK_THAT(refusal(bench.login.sign(claims({{"iss", "https://evil.example/v2.0"}}))),
                   Contains("another login"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"iss", nullptr}}))),
                   Contains("another login"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"tid", kClient}}))),
                   Contains("another tenant"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"aud", kTenant}}))), Contains("application"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"aud", {kClient}}}))),
                   Contains("application"));
    }
    SECTION("another time, beyond what clocks may differ") {
        const auto at = [](std::int64_t seconds) { return kNow / 1000 + seconds; };
        CHECK_THAT(refusal(bench.login.sign(claims({{"exp", at(-301)}}))), Contains("expired"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"nbf", at(301)}}))),
                   Contains("not valid yet"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"exp", nullptr}}))), Contains("when it ends"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"exp", "tomorrow"}}))),
                   Contains("when it ends"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"nbf", "today"}}))),
                   Contains("when it begins"));
        CHECK(bench.claim(bench.login.sign(claims({{"exp", at(-299)}})))->mailbox == kUser);
        CHECK(bench.claim(bench.login.sign(claims({{"nbf", at(299)}})))->mailbox == kUser);
    }
    SECTION("no user, or something that is no user's id") {
        CHECK_THAT(refusal(bench.login.sign(claims({{"oid", nullptr}}))), Contains("oid"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"oid", "me"}}))), Contains("oid"));
        CHECK_THAT(
            refusal(bench.login.sign(claims({{"oid", "../622eaaff-0683-4862-9de4-f2ec83c2"}}))),
            Contains("oid"));
    }
    SECTION("an access token") {
        CHECK_THAT(refusal(bench.login.sign(claims({{"scp", "Mail.Read"}}))),
                   Contains("access token"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"roles", {"Mail.Read"}}}))),
                   Contains("access token"));
    }
    SECTION("what is no token") {
        for (const std::string token : {"", ".", "..", "a.b", "a.b.c", "a.b.c.d", "e30.e30.e30"})
            CHECK_THAT(refusal(token), Contains("id_token"));
        CHECK_THAT(refusal(bench.login.sign(claims({{"x", std::string(20'000, 'x')}}))),
                   Contains("id_token"));
        Task none;
        none.kind = TaskKind::Claim;
        for (const char* grant : {"", "[]", "{", "{\"id_token\": 3}", "null"}) {
            none.grant = grant;
            auto task = bench.task(none);
            CHECK_FALSE(task->begin(kNow));
            CHECK(task->result == StepResult::Refused);
        }
    }
}

TEST_CASE("a short key is no key", "[row:MANAGED-5]") {
    Claiming bench;
    bench.login = FakeLogin("weak", 1024);
    auto task = bench.claim(bench.login.sign(claims()));
    CHECK(task->mailbox.empty());
}

TEST_CASE("the mail app's own application counts where the admin names it") {
    Claiming bench;
    bench.host.setConfig("device_client_ids", std::string("[\"") + kTenant + "\"]");
    CHECK(bench.claim(bench.login.sign(claims({{"aud", kTenant}})))->mailbox == kUser);
    CHECK(bench.claim(bench.login.sign(claims()))->mailbox == kUser);
}

TEST_CASE("keys that cannot be fetched are no verdict", "[row:MANAGED-8]") {
    Claiming bench;
    auto task = bench.task(claimOf(bench.login.sign(claims())));
    task->begin(kNow);
    SECTION("no answer") {
        testing::FakeAnswer none;
        none.status = 0;
        none.detail = "connection refused";
        task->answer(none, kNow);
        CHECK_THAT(task->problem, Contains("cannot be reached"));
    }
    SECTION("a wrong one") {
        task->answer(ManagedBench::json(503, ""), kNow);
    }
    SECTION("no tenant: the admin's mistake, not the device's") {
        task->answer(ManagedBench::json(400, "{}"), kNow);
    }
    SECTION("the issuer of everybody") {
        ManagedBench::giveKeys(*task, bench.login, "https://login.microsoftonline.com/common/v2.0");
        return;
    }
    SECTION("rubbish") {
        task->answer(ManagedBench::json(200, "<html>"), kNow);
    }
    CHECK(task->result == StepResult::Retry);
    CHECK(task->mailbox.empty());
}

TEST_CASE("unknown keys are asked for again, but not at once", "[row:MANAGED-8]") {
    Claiming bench;
    bench.claim(bench.login.sign(claims()));
    const FakeLogin next("key-2");
    auto hasty = bench.task(claimOf(next.sign(claims())));
    CHECK_FALSE(hasty->begin(kNow + 4'000));
    CHECK(hasty->result == StepResult::Refused);
    auto later = bench.task(claimOf(next.sign(claims())));
    REQUIRE(later->begin(kNow + 6'000));
    Claiming::giveKeys(*later, next);
    CHECK(later->mailbox == kUser);
}
