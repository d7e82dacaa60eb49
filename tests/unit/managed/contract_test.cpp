// SPDX-License-Identifier: Apache-2.0
#include "managed/contract.h"

#include <catch2/catch.hpp>

#include "plugin/text.h"

using namespace postbell;
using namespace postbell::managed;
using plugin::view;

namespace {

postbell_step ended(std::uint32_t result) {
    postbell_step step{};
    step.result = result;
    step.unread = -1;
    return step;
}

}  // namespace

TEST_CASE("a task of the contract has the values of the task, and an empty one is absent") {
    Task task;
    task.kind = TaskKind::Renew;
    task.mailbox = "anna";
    const postbell_task raw = rawTask(task);
    CHECK(raw.size == sizeof raw);
    CHECK(raw.kind == POSTBELL_TASK_RENEW);
    CHECK(view(raw.mailbox) == "anna");
    CHECK(raw.subscription.ptr == nullptr);
}

TEST_CASE("an answer of the contract has the values of the answer") {
    const HttpAnswer answer{207, {{"retry-after", ""}}, "body", "why"};
    plugin::RawResponse response = rawResponse(answer);
    const postbell_response& raw = response.get();
    CHECK(raw.status == 207);
    REQUIRE(raw.header_count == 1);
    CHECK(view(raw.headers[0].name) == "retry-after");
    CHECK(raw.headers[0].value.ptr != nullptr);
    CHECK(view(raw.body) == "body");
    CHECK(view(raw.detail) == "why");
}

TEST_CASE("a step that goes on needs a request") {
    CHECK(stepBreach(ended(POSTBELL_STEP_DONE)).empty());
    CHECK(stepBreach(ended(POSTBELL_STEP_SEND)) == "it names no request");
}

TEST_CASE("a result of a later contract ends the task for now") {
    for (const std::uint32_t unknown : {0U, 99U}) {
        const TaskStep step = stepOf(ended(unknown));
        CHECK(step.kind == TaskStep::Kind::End);
        CHECK(step.result.kind == TaskResult::Kind::Retry);
    }
}
