// SPDX-License-Identifier: Apache-2.0
#include "managed/contract.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "plugin/request_check.h"
#include "plugin/text.h"

namespace postbell::managed {
namespace {

using plugin::raw;
using plugin::view;

constexpr util::Milliseconds kMaxRetryAfter = std::chrono::hours(1);

std::uint32_t rawKind(TaskKind kind) {
    switch (kind) {
        case TaskKind::Claim:
            return POSTBELL_TASK_CLAIM;
        case TaskKind::Subscribe:
            return POSTBELL_TASK_SUBSCRIBE;
        case TaskKind::Renew:
            return POSTBELL_TASK_RENEW;
        case TaskKind::Reauthorize:
            return POSTBELL_TASK_REAUTHORIZE;
        case TaskKind::Unsubscribe:
            return POSTBELL_TASK_UNSUBSCRIBE;
        case TaskKind::Count:
            return POSTBELL_TASK_COUNT;
        case TaskKind::Refresh:
            return POSTBELL_TASK_REFRESH;
        case TaskKind::Check:
            return POSTBELL_TASK_CHECK;
        case TaskKind::Confirm:
            return POSTBELL_TASK_CONFIRM;
    }
    return 0;
}

/// The result by which a step ends its task; nothing: the task goes on. The contract's own
/// enumeration, so that the compiler finds the enumerator that is forgotten here.
std::optional<TaskResult::Kind> endOf(std::uint32_t result) {
    // Unknown to this version of the contract.
    if (result < POSTBELL_STEP_SEND || result > POSTBELL_STEP_REAUTHORIZE)
        return TaskResult::Kind::Retry;
    switch (static_cast<decltype(POSTBELL_STEP_SEND)>(result)) {
        case POSTBELL_STEP_SEND:
        case POSTBELL_STEP_REAUTHORIZE:
            return std::nullopt;
        case POSTBELL_STEP_DONE:
            return TaskResult::Kind::Done;
        case POSTBELL_STEP_RETRY:
            return TaskResult::Kind::Retry;
        case POSTBELL_STEP_GONE:
            return TaskResult::Kind::Gone;
        case POSTBELL_STEP_REFUSED:
            return TaskResult::Kind::Refused;
    }
    return TaskResult::Kind::Retry;
}

TaskResult resultOf(TaskResult::Kind kind, const postbell_step& step) {
    TaskResult result;
    result.kind = kind;
    result.of_instance = step.scope == POSTBELL_STEP_OF_INSTANCE;
    result.retry_after = util::Milliseconds(
        std::clamp<std::int64_t>(step.retry_after_ms, 0, kMaxRetryAfter.count()));
    result.expires = util::fromAnyMs(step.expires_ms);
    result.mailbox = view(step.mailbox);
    result.subscription = view(step.subscription);
    result.unread = step.unread;
    result.problem = plugin::sentence(step.problem);
    return result;
}

}  // namespace

postbell_task rawTask(const Task& task) {
    postbell_task out{};
    out.size = sizeof out;
    out.kind = rawKind(task.kind);
    out.grant = raw(task.grant);
    out.mailbox = raw(task.mailbox);
    out.subscription = raw(task.subscription);
    out.callback_url = raw(task.callback_url);
    out.proof = raw(task.proof);
    out.note = raw(task.note);
    return out;
}

plugin::RawResponse rawResponse(const HttpAnswer& answer) {
    plugin::RawResponse response;
    response.begin(answer.status, answer.body, answer.detail);
    for (const auto& [name, value] : answer.headers) response.addHeader(name, value);
    return response;
}

std::string stepBreach(const postbell_step& step) {
    if (!plugin::fits(step.mailbox, POSTBELL_MAX_MAILBOX_BYTES) ||
        !plugin::fits(step.subscription, POSTBELL_MAX_SUBSCRIPTION_BYTES))
        return "it gave an id that is too long";
    if (step.result != POSTBELL_STEP_SEND) return {};
    if (step.request == nullptr) return "it names no request";
    return plugin::requestBreach(*step.request);
}

TaskStep stepOf(const postbell_step& step) {
    TaskStep next;
    if (const auto end = endOf(step.result)) {
        next.result = resultOf(*end, step);
    } else if (step.result == POSTBELL_STEP_REAUTHORIZE) {
        next.kind = TaskStep::Kind::Reauthorize;
        next.problem = plugin::sentence(step.problem);
    } else {
        next.kind = TaskStep::Kind::Send;
        next.call = plugin::copyOf(*step.request);
        next.authorize = step.authorize != 0;
    }
    return next;
}

}  // namespace postbell::managed
