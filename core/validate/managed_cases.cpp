// SPDX-License-Identifier: Apache-2.0
// The extension for managed subscriptions. A plugin or section without it has nothing to try.
#include <array>

#include "validate/authorization.h"
#include "validate/cases.h"
#include "validate/hostile.h"

namespace postbell::validate {
namespace {

using testing::FakeAnswer;
using testing::FakeTask;
using testing::SaidAuthorization;

constexpr std::int64_t kNow = 1'767'225'600'000;
/// As the gateway's limit for one task.
constexpr int kMaxSteps = 200;
constexpr std::array kKinds{TaskKind::Claim,       TaskKind::Subscribe,   TaskKind::Renew,
                            TaskKind::Reauthorize, TaskKind::Unsubscribe, TaskKind::Count,
                            TaskKind::Refresh,     TaskKind::Check,       TaskKind::Confirm};
constexpr std::array kStatuses{0, 200, 201, 204, 400, 401, 403, 404, 410, 429, 500, 503, 999};

AuthorizationCalls callsOf(const Running& running) {
    const auto ask = [](auto&& call) {
        postbell_authorization raw{};
        raw.size = sizeof raw;
        const postbell_status status = call(&raw);
        return SaidAuthorization(status, raw);
    };
    return {[&running, ask](std::int64_t now_ms) {
                return ask([&](postbell_authorization* out) {
                    return running.managed()->authorize(running.self(), now_ms, out);
                });
            },
            [&running, ask](const FakeAnswer& answer, std::int64_t now_ms) {
                FakeAnswer kept = answer;
                const postbell_response response = kept.raw();
                return ask([&](postbell_authorization* out) {
                    return running.managed()->authorized(running.self(), &response, now_ms, out);
                });
            }};
}

/// A task as the gateway gives it; `grant`: as a device sent it.
Task taskOf(TaskKind kind, const std::string& grant) {
    Task task;
    task.kind = kind;
    if (kind == TaskKind::Claim) {
        task.grant = grant;
        return task;
    }
    if (kind == TaskKind::Check || kind == TaskKind::Refresh) return task;
    task.mailbox = "anna@example.com";
    if (kind == TaskKind::Subscribe) {
        task.callback_url = "https://listener.example.com/validated/token";
        task.proof = "proof-of-the-validator";
    } else {
        task.subscription = "subscription-1";
    }
    if (kind == TaskKind::Confirm) task.note = "code-1";
    return task;
}

/// The end of a step that is not Send, held against the contract.
void requireEnd(const FakeTask& task) {
    require(task.mailbox.size() <= POSTBELL_MAX_MAILBOX_BYTES,
            "a task yields a mailbox of more than POSTBELL_MAX_MAILBOX_BYTES");
    require(task.subscription.size() <= POSTBELL_MAX_SUBSCRIPTION_BYTES,
            "a task yields a subscription of more than POSTBELL_MAX_SUBSCRIPTION_BYTES");
    require(task.retry_after_ms >= 0, "a task asks for a pause that is negative");
    require(task.result != StepResult::Refused || !task.problem.empty(),
            "a task is refused without a word");
}

/// Takes the task to its end, with the same answer to each request.
void drive(const Running& running, const Task& what, const FakeAnswer& answer,
           const std::vector<std::string>& origins) {
    FakeTask task(running.self(), *running.managed(), what);
    bool sending = task.begin(kNow);
    for (int steps = 0; sending; ++steps) {
        require(steps < kMaxSteps,
                "a task of kind " + std::to_string(static_cast<std::uint32_t>(what.kind)) +
                    " comes to no end within " + std::to_string(kMaxSteps) +
                    " requests that are answered with " + std::to_string(answer.status));
        requireSendable(task.request, origins, Origins::Managed);
        sending = task.answer(answer, kNow);
    }
    requireEnd(task);
}

void managedOriginsAreOrigins(const Subject& subject) {
    const Running running(subject);
    if (running.managed() == nullptr) return;
    require(!originsOf(running, Origins::Managed).empty(),
            "it offers managed subscriptions and names no origin");
}

void managedAuthorizationCanBePresented(const Subject& subject) {
    const Running running(subject);
    if (running.managed() == nullptr) return;
    requireAuthorization(callsOf(running), originsOf(running, Origins::Managed), Origins::Managed,
                         kNow);
    requireAuthorizedSurvives(callsOf(running), kNow);
}

void managedTasksComeToAnEnd(const Subject& subject) {
    const Running running(subject);
    if (running.managed() == nullptr) return;
    const std::vector<std::string> origins = originsOf(running, Origins::Managed);
    for (const TaskKind kind : kKinds)
        for (const int status : kStatuses)
            for (const std::string& body : commonMessages()) {
                FakeAnswer answer;
                answer.status = status;
                answer.body = body;
                answer.headers = {{"content-type", "application/json"}};
                drive(running, taskOf(kind, "{}"), answer, origins);
            }
}

void managedTasksSurviveHostileInput(const Subject& subject) {
    const Running running(subject);
    if (running.managed() == nullptr) return;
    const std::vector<std::string> origins = originsOf(running, Origins::Managed);
    for (const std::string& text : hostileTexts(commonMessages())) {
        FakeAnswer answer;
        answer.body = text.substr(0, POSTBELL_MAX_STEP_RESPONSE_BYTES);
        answer.headers = {{"retry-after", text.substr(0, 100)}};
        for (const TaskKind kind : kKinds) drive(running, taskOf(kind, text), answer, origins);
    }
}

}  // namespace

std::vector<Case> managedCases() {
    return {{"managed-origins-are-origins", For::Backend, managedOriginsAreOrigins},
            {"managed-authorization-can-be-presented", For::Backend,
             managedAuthorizationCanBePresented},
            {"managed-tasks-come-to-an-end", For::Backend, managedTasksComeToAnEnd},
            {"managed-tasks-survive-hostile-input", For::Backend, managedTasksSurviveHostileInput}};
}

}  // namespace postbell::validate
