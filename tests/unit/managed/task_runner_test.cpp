// SPDX-License-Identifier: Apache-2.0
#include "managed/task_runner.h"

#include <catch2/catch.hpp>

#include <future>
#include <new>
#include <optional>

#include "runner_bench.h"
#include "support/failing_new.h"

using namespace postbell;
using namespace postbell::managed;
using testing::stepOf;
using testing::text;

namespace {

/// No server answers it.
const postbell_http_request& request() {
    static const postbell_http_request kRequest = [] {
        postbell_http_request r{};
        r.size = sizeof r;
        r.method = text("GET");
        r.path = text("/");
        r.origin = text("http://127.0.0.1:1");
        return r;
    }();
    return kRequest;
}

postbell_step sends(bool authorize) {
    postbell_step step = stepOf(POSTBELL_STEP_SEND);
    step.request = &request();
    step.authorize = authorize ? 1 : 0;
    return step;
}

struct Bench : testing::RunnerBench {
    TaskResult run(TaskKind kind = TaskKind::Check) {
        const auto promise = std::make_shared<std::promise<TaskResult>>();
        auto future = promise->get_future();
        loop.runAndWait([&] {
            Task task;
            task.kind = kind;
            runner->run(std::move(task),
                        [promise](TaskResult result) { promise->set_value(std::move(result)); });
        });
        return future.get();
    }
};

}  // namespace

TEST_CASE("a task ends with its last step's result, and is counted and closed", "[managed]") {
    Bench bench;
    bench.answers(stepOf(POSTBELL_STEP_DONE, "mind the date"));
    const TaskResult result = bench.run(TaskKind::Check);
    CHECK(result.kind == TaskResult::Kind::Done);
    CHECK(result.problem == "mind the date");
    bench.settle();
    CHECK(bench.observed == std::vector{std::pair{TaskKind::Check, TaskResult::Kind::Done}});
    CHECK(bench.script.open_tasks == 0);
}

TEST_CASE("a task never ends inside run()", "[managed]") {
    Bench bench;
    bool ended = false, ended_inside = false;
    bench.loop.runAndWait([&] {
        bench.runner->run({}, [&](const TaskResult&) { ended = true; });
        ended_inside = ended;
    });
    bench.settle();
    CHECK_FALSE(ended_inside);
    CHECK(ended);
}

TEST_CASE("an answer that never came goes into the next step", "[managed]") {
    Bench bench;
    bench.script.step = [](const postbell_response* response, postbell_step& out) {
        out = response == nullptr ? sends(false) : stepOf(POSTBELL_STEP_RETRY, "no answer");
        out.size = sizeof out;
        if (response != nullptr) CHECK(response->status == 0);
        return POSTBELL_OK;
    };
    const TaskResult result = bench.run();
    CHECK(result.kind == TaskResult::Kind::Retry);
    CHECK(result.problem == "no answer");
}

TEST_CASE("a task that comes to no end is the plugin's defect", "[managed]") {
    Bench bench;
    bench.answers(sends(false));
    const TaskResult result = bench.run();
    CHECK(result.kind == TaskResult::Kind::Refused);
    CHECK_THAT(result.problem, Catch::Contains("backend mail comes to no end"));
    CHECK(bench.steps == 200);
    CHECK_THAT(bench.bench.logged(), Catch::Contains("task check comes to no end"));
}

TEST_CASE("a refused authorization is asked for once more, and then the instance is refused",
          "[managed]") {
    Bench bench;
    bench.answers(stepOf(POSTBELL_STEP_REAUTHORIZE));
    const TaskResult result = bench.run();
    CHECK(result.kind == TaskResult::Kind::Refused);
    CHECK(result.of_instance);
    CHECK_THAT(result.problem, Catch::Contains("refuses a new authorization"));
    CHECK(bench.steps == 2);
}

TEST_CASE("a task waits with its instance while there is no authorization", "[managed]") {
    Bench bench;
    bench.script.authorize = [](postbell_authorization& out) {
        out.problem = text("overloaded");
        return POSTBELL_EAGAIN;
    };
    bench.answers(sends(true));
    const TaskResult result = bench.run();
    CHECK(result.kind == TaskResult::Kind::Retry);
    CHECK(result.of_instance);
    CHECK(result.problem == "overloaded");
    CHECK(bench.steps == 1);
}

TEST_CASE("authorizations that cannot be had are told once a minute, and so is the end of that",
          "[managed][row:MANAGED-38]") {
    Bench bench;
    const auto told = [&](const char* text) {
        const std::string log = bench.bench.logged();
        int times = 0;
        for (auto at = log.find(text); at != log.npos; at = log.find(text, at + 1)) ++times;
        return times;
    };
    bool overloaded = true;
    bench.script.authorize = [&](postbell_authorization& out) {
        if (!overloaded) return POSTBELL_OK;
        out.problem = text("overloaded");
        return POSTBELL_EAGAIN;
    };
    bench.script.step = [](const postbell_response* response, postbell_step& out) {
        out = response == nullptr ? sends(true) : stepOf(POSTBELL_STEP_DONE);
        out.size = sizeof out;
        return POSTBELL_OK;
    };
    for (int i = 0; i < 3; ++i) bench.run();
    CHECK(told("gets no authorization: its tasks wait") == 1);
    bench.bench.clock.advance(std::chrono::minutes(1));
    bench.run();
    CHECK(told("gets no authorization: its tasks wait") == 2);
    CHECK(told("overloaded") == 2);
    CHECK(told("gets authorizations again") == 0);

    overloaded = false;
    bench.bench.clock.advance(std::chrono::minutes(10));
    bench.run();
    bench.run();
    CHECK(told("gets authorizations again") == 1);
}

TEST_CASE("a callback that throws ends neither the loop nor other tasks", "[managed]") {
    Bench bench;
    bench.answers(stepOf(POSTBELL_STEP_DONE));
    bench.loop.runAndWait([&] {
        bench.runner->run(Task(), [](const TaskResult&) { throw std::runtime_error("a row"); });
    });

    bench.answers(stepOf(POSTBELL_STEP_DONE));
    CHECK(bench.run(TaskKind::Check).kind == TaskResult::Kind::Done);
}

TEST_CASE("a task whose end cannot be counted has ended all the same", "[managed]") {
    Bench bench;
    bench.answers(stepOf(POSTBELL_STEP_DONE));
    bench.loop.runAndWait([&] {
        bench.runner.emplace(*bench.plugin, bench.http, bench.loop, bench.bench.log,
                             [](TaskKind, TaskResult::Kind) { throw std::bad_alloc(); });
    });
    CHECK(bench.run().kind == TaskResult::Kind::Done);
}

TEST_CASE("a failure of the gateway is no refusal of the mail server", "[managed]") {
    Bench bench;
    bench.script.step = [&](const postbell_response*, postbell_step& out) {
        out = stepOf(POSTBELL_STEP_REFUSED, "a sentence that is too long for a small text");
        out.size = sizeof out;
        testing::failAllocations(0, 1);
        return POSTBELL_OK;
    };
    const TaskResult result = bench.run();
    CHECK(result.kind == TaskResult::Kind::Retry);
    CHECK_FALSE(result.of_instance);
    CHECK_THAT(result.problem, Catch::Contains("the gateway failed"));
    bench.loop.runAndWait([] { CHECK(testing::endOfFailures() == 1); });
}

TEST_CASE("tasks under way are given up with the runner", "[managed]") {
    Bench bench;
    bool ended = false;
    bench.loop.runAndWait([&] {
        bench.runner->run({}, [&](const TaskResult&) { ended = true; });
        bench.runner.reset();
    });
    bench.settle();
    CHECK_FALSE(ended);
    CHECK(bench.script.open_tasks == 0);
}
