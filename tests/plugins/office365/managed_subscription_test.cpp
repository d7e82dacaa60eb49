// SPDX-License-Identifier: Apache-2.0
// Creating, renewing, removing and counting, as requests and answers.
#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "managed_bench.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Contains;
using nlohmann::json;

TEST_CASE("a subscription asks for the inbox of one user, for not quite a week",
          "[row:MANAGED-1]") {
    ManagedBench bench;
    auto task = bench.task(taskOf(TaskKind::Subscribe));
    REQUIRE(task->begin(kNow));
    CHECK(task->request.method == "POST");
    CHECK(task->request.origin == "https://graph.microsoft.com");
    CHECK(task->request.path == "/v1.0/subscriptions");
    CHECK(task->authorize);
    const json body = json::parse(task->request.body);
    CHECK(body["resource"] == std::string("/users/") + kUser + "/mailFolders('inbox')/messages");
    CHECK(body["changeType"] == "created,updated,deleted");
    CHECK(body["notificationUrl"] == kCallback);
    CHECK(body["lifecycleNotificationUrl"] == kCallback);
    CHECK(body["clientState"] == "PROOF");
    CHECK(body["expirationDateTime"] == "2026-01-07T22:40:00Z");  // 10,000 minutes

    CHECK_FALSE(task->answer(ManagedBench::json(201, created()), kNow));
    CHECK(task->result == StepResult::Done);
    CHECK(task->subscription == kSubscription);
    CHECK(task->expires_ms == kNow + 10'000LL * 60'000);
}

TEST_CASE("what Graph grants counts, not what was asked for") {
    ManagedBench bench;
    auto task = bench.task(taskOf(TaskKind::Subscribe));
    task->begin(kNow);
    task->answer(ManagedBench::json(201, created("2026-01-01T05:30:00.1234567+05:30")), kNow);
    CHECK(task->expires_ms == kNow + 123);
}

TEST_CASE("an expiry that Graph's clock finds too far away is asked for by its clock",
          "[row:MANAGED-21]") {
    ManagedBench bench;
    auto task = bench.task(taskOf(TaskKind::Subscribe));
    task->begin(kNow);
    auto refused = error(400, "InvalidRequest", "can only be 10080 minutes in the future");
    refused.headers.emplace_back("date", "Wed, 31 Dec 2025 22:00:00 GMT");  // two hours behind
    REQUIRE(task->answer(refused, kNow));
    CHECK(json::parse(task->request.body)["expirationDateTime"] == "2026-01-07T20:40:00Z");
    SECTION("and what it grants is told by the gateway's") {
        auto good = ManagedBench::json(201, created("2026-01-07T20:40:00Z"));
        good.headers.emplace_back("date", "Wed, 31 Dec 2025 22:00:00 GMT");
        task->answer(good, kNow);
        CHECK(task->expires_ms == kNow + 10'000LL * 60'000);
    }
    SECTION("once") {
        CHECK_FALSE(task->answer(refused, kNow));
        CHECK(task->result == StepResult::Refused);
        CHECK_THAT(task->problem, Contains("10080 minutes"));
    }
}

TEST_CASE("409: what an earlier life of the gateway left behind makes room", "[row:MANAGED-15]") {
    ManagedBench bench;
    auto task = bench.task(taskOf(TaskKind::Subscribe));
    task->begin(kNow);
    SECTION("named by its id") {
        REQUIRE(task->answer(error(409, "Conflict",
                                   std::string("Subscription Id ") + kClient +
                                       " already exists for the requested combination"),
                             kNow));
        CHECK(task->request.method == "GET");
        CHECK(task->request.path == std::string("/v1.0/subscriptions/") + kClient);
        SECTION("ours: removed, then made anew") {
            REQUIRE(task->answer(
                ManagedBench::json(
                    200, R"({"notificationUrl": "https://listener.example.com/office365/OLD"})"),
                kNow));
            CHECK(task->request.method == "DELETE");
            REQUIRE(task->answer(ManagedBench::json(204, ""), kNow));
            CHECK(task->request.method == "POST");
            SECTION("and well") {
                task->answer(ManagedBench::json(201, created()), kNow);
                CHECK(task->result == StepResult::Done);
            }
            SECTION("not for ever") {
                CHECK_FALSE(task->answer(error(409, "Conflict", "again"), kNow));
                CHECK(task->result == StepResult::Retry);
            }
        }
        SECTION("gone meanwhile") {
            REQUIRE(task->answer(ManagedBench::json(404, ""), kNow));
            CHECK(task->request.method == "POST");
        }
        SECTION("somebody else's: left alone") {
            CHECK_FALSE(task->answer(
                ManagedBench::json(
                    200, R"({"notificationUrl": "https://crm.example.com/office365/TOKEN"})"),
                kNow));
            CHECK(task->result == StepResult::Refused);
            CHECK_THAT(task->problem, Contains("something else subscribes"));
        }
    }
    SECTION("not named: looked for, page by page") {
        REQUIRE(task->answer(error(409, "Conflict", "exists"), kNow));
        CHECK(task->request.path == "/v1.0/subscriptions");
        REQUIRE(task->answer(
            ManagedBench::json(
                200, json{{"value",
                           {{{"id", "other"},
                             {"resource", "/users/x/mailFolders('inbox')/messages"},
                             {"notificationUrl", "https://listener.example.com/office365/A"}}}},
                          {"@odata.nextLink",
                           "https://graph.microsoft.com/v1.0/subscriptions?$skiptoken=2"}}
                         .dump()),
            kNow));
        CHECK(task->request.path == "/v1.0/subscriptions?$skiptoken=2");
        REQUIRE(task->answer(
            ManagedBench::json(
                200, json{{"value",
                           {{{"id", "old one"},
                             {"resource",
                              std::string("Users/") + kUser + "/mailfolders('Inbox')/messages"},
                             {"notificationUrl", "https://listener.example.com/office365/B"}}}}}
                         .dump()),
            kNow));
        CHECK(task->request.method == "DELETE");
        CHECK(task->request.path == "/v1.0/subscriptions/old%20one");
    }
}

TEST_CASE("refusals are sentences for an admin", "[row:MANAGED-16][row:MANAGED-17]") {
    ManagedBench bench;
    const auto answer = [&](const testing::FakeAnswer& refusal) {
        auto task = bench.task(taskOf(TaskKind::Subscribe));
        task->begin(kNow);
        CHECK_FALSE(task->answer(refusal, kNow));
        return task;
    };
    const auto forbidden = answer(error(403, "ErrorAccessDenied", "Access is denied."));
    CHECK(forbidden->result == StepResult::Refused);
    CHECK_THAT(forbidden->problem, Contains("403 ErrorAccessDenied") && Contains("Mail.Read") &&
                                       Contains("RBAC for Applications"));
    const auto full = answer(error(403, "Forbidden", "Maximum number of subscriptions reached"));
    CHECK_THAT(full->problem, Contains("as many subscriptions as Graph allows"));
    const auto reached =
        answer(error(429, "ExtensionError",
                     "Operation: Create; Exception: [Status Code: 429; Reason: Resource "
                     "'SubscriptionCountReached' has reached limit of '1000'. Please retry after "
                     "'12/31/9999']"));
    CHECK(reached->result == StepResult::Refused);
    CHECK_THAT(reached->problem, Contains("as many subscriptions as Graph allows"));
    CHECK_THAT(answer(error(404, "Request_ResourceNotFound", "no"))->problem,
               Contains("no mailbox"));
    CHECK_THAT(answer(error(400, "ValidationError", "must respond with 200\n\x01 OK"))->problem,
               Contains("must respond with 200   OK"));
    CHECK(answer(ManagedBench::json(401, "{}"))->result == StepResult::Reauthorize);
}

TEST_CASE("throttling says how long, in fractions, as a date, or not at all", "[row:MANAGED-12]") {
    ManagedBench bench;
    const auto wait = [&](int status, const char* retry_after) {
        auto task = bench.task(taskOf(TaskKind::Renew));
        task->begin(kNow);
        auto answer = ManagedBench::json(status, "{}");
        if (retry_after != nullptr) answer.headers.emplace_back("retry-after", retry_after);
        CHECK_FALSE(task->answer(answer, kNow));
        CHECK(task->result == StepResult::Retry);
        return task->retry_after_ms;
    };
    CHECK(wait(429, "2.128") >= 2'128);
    CHECK(wait(429, "2.128") < 2'200);
    CHECK(wait(429, "7") >= 7'000);
    CHECK(wait(503, nullptr) == 0);
    CHECK(wait(504, "Thu, 01 Jan 2026 00:00:30 GMT") == 30'000);
    for (const char* odd : {"", "soon", "-4", "nan", "1e400", "3 minutes"})
        CHECK(wait(429, odd) == 0);
    CHECK(wait(429, "99999999999") <= 3'600'001);
}

TEST_CASE("time that the subscription service asks for is asked of all mailboxes",
          "[row:MANAGED-12]") {
    struct Row {
        int status;
        bool names_time;
        const char* code;
        StepScope of_subscriptions;
    };
    const auto row = GENERATE(values<Row>({
        {429, true, "TooManyRequests", StepScope::Instance},
        {429, false, "TooManyRequests", StepScope::Instance},
        {429, true, "", StepScope::Instance},
        {503, true, "ServiceUnavailable", StepScope::Instance},
        {503, false, "ServiceUnavailable", StepScope::Mailbox},
        // Outlook's limits are of each mailbox.
        {429, true, "ApplicationThrottled", StepScope::Mailbox},
        {429, true, "MailboxConcurrency", StepScope::Mailbox},
        {400, true, "ErrorServerBusy", StepScope::Mailbox},
        {500, true, "InternalServerError", StepScope::Mailbox},
        {504, true, "UnknownError", StepScope::Mailbox},
    }));
    CAPTURE(row.status, row.names_time, row.code);
    ManagedBench bench;
    const auto scopeOf = [&](TaskKind kind) {
        auto task = bench.task(taskOf(kind));
        task->begin(kNow);
        auto answer = error(row.status, row.code, "");
        if (row.names_time) answer.headers.emplace_back("retry-after", "7");
        task->answer(answer, kNow);
        CHECK(task->result == StepResult::Retry);
        CHECK((task->retry_after_ms > 0) == row.names_time);
        return task->scope;
    };
    for (const TaskKind kind :
         {TaskKind::Subscribe, TaskKind::Renew, TaskKind::Reauthorize, TaskKind::Unsubscribe})
        CHECK(scopeOf(kind) == row.of_subscriptions);
    CHECK(scopeOf(TaskKind::Count) == StepScope::Mailbox);
}

TEST_CASE("no answer at all is everybody's trouble") {
    ManagedBench bench;
    auto task = bench.task(taskOf(TaskKind::Count));
    task->begin(kNow);
    testing::FakeAnswer none;
    none.status = 0;
    none.detail = "Connection refused";
    CHECK_FALSE(task->answer(none, kNow));
    CHECK(task->result == StepResult::Retry);
    CHECK(task->scope == StepScope::Instance);
    CHECK_THAT(task->problem, Contains("Connection refused"));
}

TEST_CASE("renewing is reauthorising; a subscription that is gone is said to be",
          "[row:MANAGED-9][row:MANAGED-20]") {
    ManagedBench bench;
    for (const TaskKind kind : {TaskKind::Renew, TaskKind::Reauthorize}) {
        auto task = bench.task(taskOf(kind));
        REQUIRE(task->begin(kNow));
        CHECK(task->request.method == "PATCH");
        CHECK(task->request.path == std::string("/v1.0/subscriptions/") + kSubscription);
        CHECK(json::parse(task->request.body) ==
              json{{"expirationDateTime", "2026-01-07T22:40:00Z"}});
        SECTION("done " + std::to_string(static_cast<int>(kind))) {
            task->answer(ManagedBench::json(200, created()), kNow);
            CHECK(task->result == StepResult::Done);
            CHECK(task->expires_ms == kNow + 10'000LL * 60'000);
        }
        SECTION("gone " + std::to_string(static_cast<int>(kind))) {
            task->answer(error(404, "ResourceNotFound", "no"), kNow);
            CHECK(task->result == StepResult::Gone);
        }
    }
    auto removal = bench.task(taskOf(TaskKind::Unsubscribe));
    REQUIRE(removal->begin(kNow));
    CHECK(removal->request.method == "DELETE");
    removal->answer(ManagedBench::json(204, ""), kNow);
    CHECK(removal->result == StepResult::Done);
}

TEST_CASE("the unread count of the inbox", "[row:MANAGED-2]") {
    ManagedBench bench;
    auto task = bench.task(taskOf(TaskKind::Count));
    REQUIRE(task->begin(kNow));
    CHECK(task->request.path ==
          std::string("/v1.0/users/") + kUser + "/mailFolders/inbox?$select=unreadItemCount");
    SECTION("is a number") {
        task->answer(ManagedBench::json(200, R"({"id": "x", "unreadItemCount": 59})"), kNow);
        CHECK(task->result == StepResult::Done);
        CHECK(task->unread == 59);
    }
    SECTION("and nothing else") {
        for (const char* body :
             {"{}", "[]", "", R"({"unreadItemCount": -1})", R"({"unreadItemCount": "3"})",
              R"({"unreadItemCount": 3.5})", R"({"unreadItemCount": 3000000000})"}) {
            auto odd = bench.task(taskOf(TaskKind::Count));
            odd->begin(kNow);
            odd->answer(ManagedBench::json(200, body), kNow);
            CHECK(odd->result != StepResult::Done);
            CHECK(odd->unread == -1);
        }
    }
}
