// SPDX-License-Identifier: Apache-2.0
#include "managed/open_task.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <limits>
#include <thread>

#include "plugin/text.h"
#include "support/fake_managed.h"

using namespace postbell;
using namespace postbell::managed;
using namespace std::chrono_literals;
using testing::FakeManaged;
using testing::text;

namespace {

struct Bench : FakeManaged {
    TaskStep step(const HttpAnswer* answer = nullptr, Task task = Task()) {
        return OpenTask(*plugin, task).step(answer, bench.clock.wall());
    }
    /// The gateway's step after `write` wrote the plugin's.
    TaskStep stepOf(const std::function<void(postbell_step&)>& write) {
        script.step = [write](const postbell_response*, postbell_step& out) {
            write(out);
            return POSTBELL_OK;
        };
        return step();
    }
};

}  // namespace

TEST_CASE("a task has every field of the contract, and is closed", "[managed]") {
    Bench bench;
    const std::pair<TaskKind, std::uint32_t> kKinds[] = {
        {TaskKind::Claim, POSTBELL_TASK_CLAIM},
        {TaskKind::Subscribe, POSTBELL_TASK_SUBSCRIBE},
        {TaskKind::Renew, POSTBELL_TASK_RENEW},
        {TaskKind::Reauthorize, POSTBELL_TASK_REAUTHORIZE},
        {TaskKind::Unsubscribe, POSTBELL_TASK_UNSUBSCRIBE},
        {TaskKind::Count, POSTBELL_TASK_COUNT},
        {TaskKind::Refresh, POSTBELL_TASK_REFRESH},
        {TaskKind::Check, POSTBELL_TASK_CHECK},
        {TaskKind::Confirm, POSTBELL_TASK_CONFIRM}};
    for (const auto& [kind, raw] : kKinds) {
        std::uint32_t seen = 0;
        bench.script.open = [&](const postbell_task& task) {
            seen = task.kind;
            CHECK(plugin::view(task.grant) == "{}");
            CHECK(plugin::view(task.mailbox) == "anna");
            CHECK(plugin::view(task.subscription) == "id");
            CHECK(plugin::view(task.callback_url) == "https://here");
            CHECK(plugin::view(task.proof) == "proof");
            CHECK(plugin::view(task.note) == "code");
            return POSTBELL_OK;
        };
        const OpenTask task(*bench.plugin,
                            {kind, "{}", "anna", "id", "https://here", "proof", "code"});
        CHECK(seen == raw);
        CHECK(bench.script.open_tasks == 1);
    }
    CHECK(bench.script.open_tasks == 0);
}

TEST_CASE("a task that the plugin does not know is refused", "[managed]") {
    Bench bench;
    bench.script.open = [](const postbell_task&) { return POSTBELL_EUNSUPPORTED; };
    const TaskStep step = bench.step();
    CHECK(step.kind == TaskStep::Kind::End);
    CHECK(step.result.kind == TaskResult::Kind::Refused);
    CHECK_THAT(step.result.problem, Catch::Contains("backend mail"));
    CHECK(bench.script.open_tasks == 0);
}

TEST_CASE("steps send, end, or ask for another authorization", "[managed]") {
    Bench bench;
    static postbell_http_request request{};
    request.method = text("POST");
    request.origin = text("http://127.0.0.1:1");
    request.path = text("/subscribe");
    request.body = plugin::rawBytes("body");
    TaskStep step = bench.stepOf([](postbell_step& out) {
        out.result = POSTBELL_STEP_SEND;
        out.request = &request;
        out.authorize = 1;
    });
    REQUIRE(step.kind == TaskStep::Kind::Send);
    CHECK(step.call.path == "/subscribe");
    CHECK(step.call.body == "body");
    CHECK(step.authorize);

    step = bench.stepOf([](postbell_step& out) {
        out.result = POSTBELL_STEP_RETRY;
        out.scope = POSTBELL_STEP_OF_INSTANCE;
        out.retry_after_ms = 3'000;
        out.problem = text("too many requests");
    });
    REQUIRE(step.kind == TaskStep::Kind::End);
    CHECK(step.result.kind == TaskResult::Kind::Retry);
    CHECK(step.result.of_instance);
    CHECK(step.result.retry_after == 3s);
    CHECK(step.result.problem == "too many requests");

    const std::pair<std::uint32_t, TaskResult::Kind> kEnds[] = {
        {POSTBELL_STEP_DONE, TaskResult::Kind::Done},
        {POSTBELL_STEP_GONE, TaskResult::Kind::Gone},
        {POSTBELL_STEP_REFUSED, TaskResult::Kind::Refused},
        {0, TaskResult::Kind::Retry},
        {99, TaskResult::Kind::Retry},
        {0xffff'ffff, TaskResult::Kind::Retry}};
    for (const auto& [raw, kind] : kEnds) {
        const std::uint32_t result = raw;
        step = bench.stepOf([result](postbell_step& out) { out.result = result; });
        CHECK(step.kind == TaskStep::Kind::End);
        CHECK(step.result.kind == kind);
        CHECK(step.result.unread == -1);
    }

    step = bench.stepOf([](postbell_step& out) {
        out.result = POSTBELL_STEP_REAUTHORIZE;
        out.problem = text("expired");
    });
    CHECK(step.kind == TaskStep::Kind::Reauthorize);
    CHECK(step.problem == "expired");
}

TEST_CASE("a step that breaks the contract ends its task, and names the plugin", "[managed]") {
    static postbell_http_request request{};
    static postbell_header header{};
    const std::string endless(5'000, 'x');
    const auto send = [](const std::function<void()>& spoil) {
        return [spoil](postbell_step& out) {
            header = {text("accept"), text("*/*"), 0};
            request = {};
            request.method = text("POST");
            request.origin = text("http://127.0.0.1:1");
            request.path = text("/");
            request.headers = &header;
            request.header_count = 1;
            spoil();
            out.result = POSTBELL_STEP_SEND;
            out.request = &request;
        };
    };
    const std::pair<const char*, std::function<void(postbell_step&)>> kBreaches[] = {
        {"no request", [](auto& out) { out.result = POSTBELL_STEP_SEND; }},
        {"method", send([] { request.method = text("po st"); })},
        {"path", send([] { request.path = text("here"); })},
        {"headers", send([] { request.headers = nullptr; })},
        {"lower case", send([] { header.name = text("Accept"); })},
        {"control character", send([] { header.value = text("a\r\nb: c"); })},
        {"gateway's own", send([] { header.name = text("transfer-encoding"); })},
        {"body", send([] {
             request.body = {nullptr, 7};
         })},
        {"allowed_origins", send([] { request.origin = text("https://elsewhere.example.com"); })},
        {"allowed_origins", send([] { request.origin = text("\r\n"); })},
        {"too long", [&](auto& out) { out.mailbox = text(endless); }},
        {"too long", [&](auto& out) { out.subscription = text(endless); }},
    };
    for (const auto& [field, write] : kBreaches) {
        INFO(field);
        Bench bench;
        const TaskStep step = bench.stepOf(write);
        CHECK(step.kind == TaskStep::Kind::End);
        CHECK(step.result.kind == TaskResult::Kind::Refused);
        CHECK_THAT(step.result.problem, Catch::Contains("backend mail") && Catch::Contains(field));
        CHECK_THAT(bench.bench.logged(), Catch::Contains("backend mail"));
    }
}

TEST_CASE("a step's times and texts are bounded", "[managed]") {
    Bench bench;
    const std::string endless(5'000, '\n');
    const TaskStep step = bench.stepOf([&](postbell_step& out) {
        out.retry_after_ms = std::numeric_limits<std::int64_t>::max();
        out.expires_ms = std::numeric_limits<std::int64_t>::min();
        out.problem = text(endless);
    });
    CHECK(step.result.retry_after == 1h);
    CHECK_FALSE(util::isSet(step.result.expires));
    CHECK(step.result.problem == std::string(1'024, ' '));
}

TEST_CASE("a step that fails is tried again", "[managed]") {
    Bench bench;
    bench.script.step = [](const postbell_response*, postbell_step&) { return POSTBELL_EINTERNAL; };
    CHECK(bench.step().result.kind == TaskResult::Kind::Retry);
    CHECK(bench.step().result.problem == "backend mail failed");
}

TEST_CASE("the sentence of a step that fails is in the log", "[managed]") {
    Bench bench;
    bench.script.step = [](const postbell_response*, postbell_step& out) {
        out.problem = text("the answer is a riddle");
        return POSTBELL_EINTERNAL;
    };
    bench.step();
    CHECK_THAT(bench.bench.logged(), Catch::Contains("the answer is a riddle"));
}

TEST_CASE("a task that cannot be opened now is tried again", "[managed]") {
    Bench bench;
    bench.script.open = [](const postbell_task&) { return POSTBELL_EINTERNAL; };
    CHECK(bench.step().result.kind == TaskResult::Kind::Retry);
    CHECK_THAT(bench.bench.logged(), Catch::Contains("open() of task"));
}

TEST_CASE("a claim that ends without a mailbox is the plugin's fault, and not refused",
          "[managed]") {
    Task claim;
    claim.kind = TaskKind::Claim;
    for (const std::uint32_t result : {POSTBELL_STEP_DONE, POSTBELL_STEP_GONE}) {
        Bench bench;
        bench.script.step = [result](const postbell_response*, postbell_step& out) {
            out.result = result;
            return POSTBELL_OK;
        };
        CHECK(bench.step(nullptr, claim).result.kind == TaskResult::Kind::Retry);
        CHECK_THAT(bench.bench.logged(), Catch::Contains("it ended a claim"));
    }
}

TEST_CASE("ids and sentences of absurd lengths are not read", "[managed]") {
    const postbell_str absurd{"x", std::size_t{1} << 40};
    Bench bench;
    CHECK_THAT(bench.stepOf([&](auto& out) { out.mailbox = absurd; }).result.problem,
               Catch::Contains("too long"));
    CHECK_THAT(bench.stepOf([&](auto& out) { out.problem = absurd; }).result.problem,
               Catch::Contains("not read"));
}

TEST_CASE("an answer reaches the plugin as it came", "[managed]") {
    Bench bench;
    const HttpAnswer answer{207, {{"retry-after", "5"}}, "body", ""};
    bench.script.step = [](const postbell_response* response, postbell_step&) {
        REQUIRE(response != nullptr);
        CHECK(response->status == 207);
        REQUIRE(response->header_count == 1);
        CHECK(plugin::view(response->headers[0].value) == "5");
        CHECK(plugin::view(response->body) == "body");
        return POSTBELL_OK;
    };
    CHECK(bench.step(&answer).result.kind == TaskResult::Kind::Done);
}

TEST_CASE("a step that takes long is named", "[managed]") {
    Bench bench;
    bench.script.step = [](const postbell_response*, postbell_step& out) {
        std::this_thread::sleep_for(510ms);
        out.result = POSTBELL_STEP_DONE;
        return POSTBELL_OK;
    };
    CHECK(bench.step().result.kind == TaskResult::Kind::Done);
    CHECK_THAT(bench.bench.logged(),
               Catch::Contains("backend mail") && Catch::Contains("step() took"));
}
