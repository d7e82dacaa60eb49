// SPDX-License-Identifier: Apache-2.0
#include "managed/open_task.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "plugin/request_check.h"
#include "plugin/text.h"
#include "util/printable.h"

namespace postbell::managed {
namespace {

using plugin::raw;
using plugin::view;

constexpr util::Milliseconds kMaxRetryAfter = util::kDay;

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
    result.problem = util::printable(view(step.problem), POSTBELL_MAX_PROBLEM_BYTES);
    return result;
}

}  // namespace

OpenTask::OpenTask(const plugin::BackendPlugin& plugin, const Task& task)
    : plugin_(plugin), table_(*plugin.managed()) {
    postbell_task out{};
    out.size = sizeof out;
    out.kind = rawKind(task.kind);
    out.grant = raw(task.grant);
    out.mailbox = raw(task.mailbox);
    out.subscription = raw(task.subscription);
    out.callback_url = raw(task.callback_url);
    out.proof = raw(task.proof);
    out.note = raw(task.note);
    const plugin::InPlugin blame = plugin_.calling("open");
    if (table_.open(plugin_.self(), &out, &opened_) < 0) opened_ = nullptr;
}

OpenTask::~OpenTask() {
    if (opened_ == nullptr) return;
    const plugin::InPlugin blame = plugin_.calling("close");
    table_.close(plugin_.self(), opened_);
}

TaskStep OpenTask::step(const HttpAnswer* answer, util::WallTime now) {
    TaskStep none;
    if (opened_ == nullptr) {
        none.result = defect("backend " + plugin_.instance() + " does not know the task");
        return none;
    }
    postbell_step out{};
    out.size = sizeof out;
    out.unread = -1;
    const std::optional<RawResponse> response =
        answer != nullptr ? std::optional<RawResponse>(*answer) : std::nullopt;
    const plugin::InPlugin blame = plugin_.calling("step");
    const postbell_status status = table_.step(
        plugin_.self(), opened_, response ? &response->get() : nullptr, util::toMs(now), &out);
    if (status >= 0) return checked(out);
    plugin_.complain("step", "step() failed with " + plugin::statusName(status));
    none.result.problem = "backend " + plugin_.instance() + " failed";
    return none;
}

TaskStep OpenTask::checked(const postbell_step& out) const {
    TaskStep step;
    if (const std::string wrong = breach(out); !wrong.empty()) {
        plugin_.complain("step", wrong);
        step.result = defect("backend " + plugin_.instance() + ": " + wrong);
        return step;
    }
    if (const auto end = endOf(out.result)) {
        step.result = resultOf(*end, out);
        return step;
    }
    if (out.result == POSTBELL_STEP_REAUTHORIZE) {
        step.kind = TaskStep::Kind::Reauthorize;
        step.problem = util::printable(view(out.problem), POSTBELL_MAX_PROBLEM_BYTES);
        return step;
    }
    step.kind = TaskStep::Kind::Send;
    step.call = plugin::copyOf(*out.request);
    step.authorize = out.authorize != 0;
    return step;
}

std::string OpenTask::breach(const postbell_step& out) const {
    if (view(out.mailbox).size() > POSTBELL_MAX_MAILBOX_BYTES ||
        view(out.subscription).size() > POSTBELL_MAX_SUBSCRIPTION_BYTES)
        return "it gave an id that is too long";
    if (out.result != POSTBELL_STEP_SEND) return {};
    if (out.request == nullptr) return "it names no request";
    if (std::string wrong = plugin::requestBreach(*out.request); !wrong.empty()) return wrong;
    if (!plugin_.allows(view(out.request->origin)))
        return "it wants to send to " + util::printable(view(out.request->origin), 128) +
               ", which is neither its own nor in allowed_origins";
    return {};
}

RawResponse::RawResponse(const HttpAnswer& answer) {
    for (const auto& [name, value] : answer.headers)
        headers_.push_back({{name.data(), name.size()}, {value.data(), value.size()}, 0});
    raw_.size = sizeof raw_;
    raw_.status = answer.status;
    raw_.headers = headers_.data();
    raw_.header_count = headers_.size();
    raw_.body = plugin::rawBytes(answer.body);
    raw_.detail = raw(answer.detail);
}

}  // namespace postbell::managed
