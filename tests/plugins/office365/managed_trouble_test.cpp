// SPDX-License-Identifier: Apache-2.0
// Graph's refusals: which pass, which a lower lifetime mends, and answers that are lost on their
// way.
#include <catch2/catch.hpp>

#include "managed_bench.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Contains;
using nlohmann::json;

namespace {

constexpr std::int64_t kMinuteMs = 60'000;

struct Trouble : ManagedBench {
    /// A task whose first request was answered so.
    std::unique_ptr<testing::FakeTask> answered(TaskKind kind, const testing::FakeAnswer& answer) {
        auto begun = task(taskOf(kind));
        begun->begin(kNow);
        begun->answer(answer, kNow);
        return begun;
    }
    std::unique_ptr<testing::FakeTask> subscribing(const testing::FakeAnswer& answer) {
        return answered(TaskKind::Subscribe, answer);
    }
    static testing::FakeAnswer lost() {
        testing::FakeAnswer none;
        none.status = 0;
        none.detail = "the connection was lost";
        return none;
    }
    /// Graph's list: one subscription of this URL for kUser's inbox.
    static testing::FakeAnswer listOf(const std::string& id, const std::string& url) {
        const std::string resource =
            std::string("users/") + kUser + "/mailFolders('inbox')/messages";
        const nlohmann::json one{{"id", id},
                                 {"resource", resource},
                                 {"notificationUrl", url},
                                 {"expirationDateTime", "2026-01-07T22:40:00Z"}};
        return ManagedBench::json(200, nlohmann::json{{"value", {one}}}.dump());
    }
    static testing::FakeAnswer emptyList() { return ManagedBench::json(200, R"({"value": []})"); }
};

std::string wanted(const testing::FakeTask& task) {
    return json::parse(task.request.body)["expirationDateTime"];
}

}  // namespace

TEST_CASE(
    "a notification URL that Graph does not reach is tried again, and named without its "
    "secret",
    "[row:MANAGED-33]") {
    Trouble bench;
    const auto problem = GENERATE(
        as<std::string>(), "Subscription validation request timed out.",
        "Subscription validation request failed. HTTP status code is 'Forbidden'. Notification "
        "endpoint must respond with 200 OK to validation request.",
        "Subscription validation request failed. Response must exactly match validationToken "
        "query parameter.");
    for (const TaskKind kind : {TaskKind::Subscribe, TaskKind::Renew}) {
        const auto task = bench.answered(kind, error(400, "InvalidRequest", problem));
        CHECK(task->result == StepResult::Retry);
        CHECK(task->scope == StepScope::Mailbox);
        CHECK_THAT(task->problem, Contains(problem) && Contains("from the internet"));
        CHECK_THAT(task->problem, !Contains("TOKEN"));
        if (kind == TaskKind::Subscribe)
            CHECK_THAT(task->problem, Contains("reach https://listener.example.com/office365/ "));
    }
}

TEST_CASE("an error of a service behind Graph counts by that service's status",
          "[row:MANAGED-33]") {
    Trouble bench;
    const auto resultOf = [&](int status, const char* behind) {
        return bench
            .subscribing(error(status, "ExtensionError",
                               std::string("Operation: Create; Exception: [Status Code: ") +
                                   behind + "; Reason: words.]"))
            ->result;
    };
    CHECK(resultOf(400, "InternalServerError") == StepResult::Retry);
    CHECK(resultOf(400, "ServiceUnavailable") == StepResult::Retry);
    CHECK(resultOf(403, "TooManyRequests") == StepResult::Retry);
    CHECK(resultOf(400, "NotFound") == StepResult::Refused);
    CHECK(resultOf(400, "Forbidden") == StepResult::Refused);
    CHECK(resultOf(400, "Unauthorized") == StepResult::Refused);
    CHECK(resultOf(400, "SomethingNew") == StepResult::Refused);
    CHECK(bench.subscribing(error(400, "ErrorMailboxMoveInProgress", "moved"))->result ==
          StepResult::Retry);
    CHECK(bench.subscribing(error(400, "UnknownError", ""))->result == StepResult::Retry);
    CHECK(bench.subscribing(error(400, "InvalidRequest", "no"))->result == StepResult::Refused);
}

TEST_CASE("a tenant's lower limit is asked for, and kept to from then on", "[row:MANAGED-34]") {
    Trouble bench;
    const auto refusal = error(400, "ExtensionError",
                               "Subscription expiration can only be 4230 minutes in the future.");
    const auto first = bench.subscribing(refusal);
    REQUIRE(first->result == StepResult::Send);
    CHECK(wanted(*first) == "2026-01-03T21:48:00Z");  // 4,188 minutes: a hundredth less
    REQUIRE(bench.host.log().size() == 1);
    CHECK(bench.host.log()[0].fields.at("granted_minutes") == "4230");
    first->answer(ManagedBench::json(201, created("2026-01-03T21:48:00Z")), kNow);
    CHECK(first->expires_ms == kNow + 4'188 * kMinuteMs);

    for (const TaskKind kind : {TaskKind::Subscribe, TaskKind::Renew}) {
        auto next = bench.task(taskOf(kind));
        next->begin(kNow);
        CHECK(wanted(*next) == "2026-01-03T21:48:00Z");
    }
}

TEST_CASE("a limit that is named in .NET's way is understood", "[row:MANAGED-34]") {
    Trouble bench;
    const auto task = bench.answered(
        TaskKind::Renew,
        error(
            400, "ExtensionError",
            "Operation: Update; Exception: [Status Code: BadRequest; Reason: Expiration time "
            "'2026-01-07T22:40:00Z' ('6.22:40:00' from now) is beyond allowed max '3.00:00:00'.]"));
    REQUIRE(task->result == StepResult::Send);
    CHECK(wanted(*task) == "2026-01-03T23:17:00Z");  // 4,320 minutes less 43
}

TEST_CASE("a limit that makes no sense is no limit", "[row:MANAGED-34]") {
    Trouble bench;
    const auto words =
        GENERATE(as<std::string>(), "0", "-5", "44", "10000", "99999999999999999999", "many", "");
    const auto task = bench.subscribing(
        error(400, "InvalidRequest",
              "Subscription expiration can only be " + words + " minutes in the future."));
    CHECK(task->result == StepResult::Refused);
}

TEST_CASE("a limit that falls with each answer is followed once in a task", "[row:MANAGED-34]") {
    Trouble bench;
    const auto refusal = [](const char* minutes) {
        return error(400, "InvalidRequest",
                     std::string("Subscription expiration can only be ") + minutes +
                         " minutes in the future.");
    };
    const auto task = bench.subscribing(refusal("4230"));
    CHECK_FALSE(task->answer(refusal("1440"), kNow));
    CHECK(task->result == StepResult::Refused);
}

TEST_CASE("a lifetime beyond what Graph can grant is bounded", "[row:MANAGED-35]") {
    Trouble bench;
    const auto made = bench.subscribing(ManagedBench::json(201, created("2036-01-01T00:00:00Z")));
    CHECK(made->result == StepResult::Done);
    CHECK(made->expires_ms == kNow + 10'080 * kMinuteMs);
    const auto renewed =
        bench.answered(TaskKind::Renew, ManagedBench::json(200, created("9999-01-01T00:00:00Z")));
    CHECK(renewed->expires_ms == kNow + 10'080 * kMinuteMs);
}

TEST_CASE("a renewal that Graph refuses makes room for a new subscription, if there can be one",
          "[row:MANAGED-36]") {
    struct Row {
        int status;
        const char* code;
        const char* message;
        StepResult result;
    };
    const auto row = GENERATE(values<Row>({
        // The subscription cannot be kept.
        {400, "ErrorInvalidParameter", "an invalid expiration", StepResult::Gone},
        {400, "ExtensionError", "Exception: [Status Code: NotFound; Reason: x]", StepResult::Gone},
        {402, "PaymentRequired", "no", StepResult::Gone},
        {404, "ResourceNotFound", "not found", StepResult::Gone},
        {404, "UnknownError", "", StepResult::Gone},
        {405, "Request_BadRequest", "no", StepResult::Gone},
        {410, "ResourceNotFound", "gone", StepResult::Gone},
        {410, "", "", StepResult::Gone},
        {422, "Unprocessable", "no", StepResult::Gone},
        {451, "UnavailableForLegalReasons", "no", StepResult::Gone},
        // Nor would there be another.
        {401, "InvalidAuthenticationToken", "expired", StepResult::Reauthorize},
        {403, "ErrorAccessDenied", "no", StepResult::Refused},
        {400, "ExtensionError", "Exception: [Status Code: Forbidden; Reason: x]",
         StepResult::Refused},
        // Later.
        {302, "", "", StepResult::Retry},
        {404, "ExtensionError", "Exception: [Status Code: ServiceUnavailable; Reason: x]",
         StepResult::Retry},
        {407, "", "", StepResult::Retry},
        {408, "timeout", "", StepResult::Retry},
        {409, "Conflict", "", StepResult::Retry},
        {412, "ErrorIrresolvableConflict", "", StepResult::Retry},
        {423, "resourceLocked", "", StepResult::Retry},
        {429, "TooManyRequests", "", StepResult::Retry},
        {400, "ErrorMailboxMoveInProgress", "", StepResult::Retry},
        {500, "InternalServerError", "", StepResult::Retry},
        {503, "ServiceUnavailable", "", StepResult::Retry},
        {507, "InsufficientStorage", "", StepResult::Retry},
    }));
    CAPTURE(row.status, row.code);
    Trouble bench;
    for (const TaskKind kind : {TaskKind::Renew, TaskKind::Reauthorize}) {
        const auto renewed = bench.answered(kind, error(row.status, row.code, row.message));
        CHECK(renewed->result == row.result);
        if (row.result == StepResult::Gone)
            CHECK_THAT(renewed->problem, Contains(row.code) && !Contains("the user has"));
    }
}

TEST_CASE("a subscription that is gone need not be removed") {
    Trouble bench;
    for (const int status : {404, 410})
        CHECK(bench.answered(TaskKind::Unsubscribe, error(status, "", ""))->result ==
              StepResult::Gone);
    CHECK(bench.answered(TaskKind::Unsubscribe, error(403, "", ""))->result == StepResult::Refused);
}

TEST_CASE("a subscription whose answer was lost is found by its callback", "[row:MANAGED-37]") {
    Trouble bench;
    const bool broken = GENERATE(true, false);
    const auto task =
        bench.subscribing(broken ? ManagedBench::json(201, R"({"id": "7f10)") : Trouble::lost());
    REQUIRE(task->result == StepResult::Send);
    CHECK(task->request.method == "GET");
    CHECK(task->request.path == "/v1.0/subscriptions");
    SECTION("made: it is kept") {
        task->answer(Trouble::listOf("found", kCallback), kNow);
        CHECK(task->result == StepResult::Done);
        CHECK(task->subscription == "found");
        CHECK(task->expires_ms == kNow + 10'000 * kMinuteMs);
    }
    SECTION("not made: another time") {
        const std::string other = "https://listener.example.com/office365/OTHER";
        task->answer(Trouble::listOf("other", other), kNow);
        CHECK(task->result == StepResult::Retry);
        CHECK(task->scope == StepScope::Mailbox);
        auto next = bench.task(taskOf(TaskKind::Subscribe));
        next->begin(kNow);
        CHECK(next->request.method == "POST");
    }
}

TEST_CASE("a subscription that was made unseen is removed before the next one is made",
          "[row:MANAGED-37]") {
    Trouble bench;
    const auto failed = bench.subscribing(Trouble::lost());
    CHECK_FALSE(failed->answer(Trouble::lost(), kNow));
    CHECK(failed->result == StepResult::Retry);
    CHECK(failed->scope == StepScope::Instance);

    auto next = bench.task(taskOf(TaskKind::Subscribe));
    next->begin(kNow);
    REQUIRE(next->request.method == "GET");
    SECTION("it is there") {
        next->answer(Trouble::listOf("old", "https://listener.example.com/office365/OLD"), kNow);
        CHECK(next->request.method == "DELETE");
        CHECK(next->request.path == "/v1.0/subscriptions/old");
        next->answer(ManagedBench::json(204, ""), kNow);
    }
    SECTION("it is not there") {
        next->answer(Trouble::emptyList(), kNow);
    }
    CHECK(next->request.method == "POST");
    next->answer(ManagedBench::json(201, created()), kNow);
    CHECK(next->result == StepResult::Done);

    auto after = bench.task(taskOf(TaskKind::Subscribe));
    after->begin(kNow);
    CHECK(after->request.method == "POST");
}

TEST_CASE("a good answer that cannot be read is no refusal", "[row:MANAGED-37]") {
    Trouble bench;
    const auto count = bench.answered(TaskKind::Count, ManagedBench::json(200, R"({"unreadIt)"));
    CHECK(count->result == StepResult::Retry);
    CHECK_THAT(count->problem, Contains("cannot be read"));
}
