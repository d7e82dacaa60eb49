// SPDX-License-Identifier: Apache-2.0
#include "managed/task_runner.h"

#include <chrono>
#include <exception>
#include <utility>

#include "managed/open_task.h"
#include "util/exception_text.h"

namespace postbell::managed {
namespace {

constexpr unsigned kMaxSteps = 200;

// Real time. A device has its answer while its app still waits for it.
constexpr util::Milliseconds kClaimPatience = std::chrono::seconds(5);
constexpr util::Milliseconds kClaimPause = std::chrono::seconds(5);

TaskResult notNow(std::string why) {
    TaskResult result;
    result.kind = TaskResult::Kind::Retry;
    result.problem = std::move(why);
    return result;
}

}  // namespace

struct TaskRunner::Running {
    Task task;
    Done done;
    std::unique_ptr<OpenTask> opened;
    HttpCall call;  // to be sent next
    unsigned steps = 0;
    std::uint64_t sent_with = 0;  // the authorization's number
    bool reauthorized = false;
    bool waits = false;  // a claim that was let to the network
    engine::Timer patience;
};

TaskRunner::TaskRunner(plugin::BackendPlugin& plugin, HttpClient& http, engine::Loop& loop,
                       log::Log& log, Observer observer, std::shared_ptr<ClaimRoom> claims)
    : plugin_(plugin),
      http_(http),
      loop_(loop),
      log_(log),
      authorizer_(plugin, http, loop, log),
      claim_fetches_(http, loop),
      claim_gate_(std::move(claims), loop.clock().ofReal(kClaimPause)),
      observer_(std::move(observer)),
      work_(loop) {}

TaskRunner::~TaskRunner() = default;

void TaskRunner::run(Task task, Done done) {
    const std::uint64_t id = ++last_id_;
    auto running = std::make_unique<Running>();
    running->task = std::move(task);
    running->done = std::move(done);
    running_.emplace(id, std::move(running));
    work_.post([this, id] { guarded(id, [&] { begin(id); }); });
}

template <class Work>
void TaskRunner::guarded(std::uint64_t id, Work work) {
    try {
        work();
    } catch (...) {
        failed(id, util::exceptionText());
    }
}

void TaskRunner::failed(std::uint64_t id, const char* why) {
    log_.error("a task of a managed backend made the gateway fail: please report this",
               {{"backend", plugin_.instance()}, {"reason", why}});
    // Once its callback has been called there is no task left to end.
    if (!running_.contains(id)) return;
    guarded(id, [&] { finish(id, notNow(std::string("the gateway failed: ") + why)); });
}

void TaskRunner::begin(std::uint64_t id) {
    Running& running = *running_.at(id);
    running.opened.reset();  // closed before another is opened
    running.opened = std::make_unique<OpenTask>(plugin_, running.task);
    advance(id, nullptr);
}

void TaskRunner::advance(std::uint64_t id, const HttpAnswer* answer) {
    Running& running = *running_.at(id);
    if (++running.steps > kMaxSteps) return endless(id, running.task.kind);
    TaskStep step = running.opened->step(answer, loop_.clock().wall());
    switch (step.kind) {
        case TaskStep::Kind::Send:
            return sendStep(id, std::move(step));
        case TaskStep::Kind::End:
            step.result.unanswered = answer != nullptr && answer->status == 0;
            finish(id, std::move(step.result));
            return;
        case TaskStep::Kind::Reauthorize:
            refusedAuthorization(id, step.problem);
            return;
    }
}

void TaskRunner::endless(std::uint64_t id, TaskKind kind) {
    plugin_.complain(name(kind), "task " + std::string(name(kind)) + " comes to no end");
    finish(id, defect(kind, "backend " + plugin_.instance() + " comes to no end"));
}

void TaskRunner::sendStep(std::uint64_t id, TaskStep step) {
    if (!mayWait(id)) return;
    running_.at(id)->call = std::move(step.call);
    if (step.authorize)
        sendWithAuthorization(id);
    else
        send(id);
}

bool TaskRunner::mayWait(std::uint64_t id) {
    Running& running = *running_.at(id);
    if (running.task.kind != TaskKind::Claim || running.waits) return true;
    if (!claim_gate_.admit(loop_.clock().steady())) {
        finish(id, notNow("this cannot be checked now: try again in a moment"));
        return false;
    }
    running.waits = true;
    running.patience = loop_.after(loop_.clock().ofReal(kClaimPatience), [this, id] {
        guarded(id, [&] { finish(id, notNow("the mail server's login does not answer")); });
    });
    return true;
}

void TaskRunner::sendWithAuthorization(std::uint64_t id) {
    authorizer_.authorize([this, id](bool usable) {
        if (!running_.contains(id)) return;  // it lost its patience
        guarded(id, [&] {
            if (!usable) return finish(id, authorizer_.unauthorized());
            Running& running = *running_.at(id);
            running.sent_with = authorizer_.number();
            authorizer_.present(running.call);
            send(id);
        });
    });
}

void TaskRunner::send(std::uint64_t id) {
    Running& running = *running_.at(id);
    const auto answered = [this, id](const HttpAnswer& answer) {
        if (!running_.contains(id)) return;  // it lost its patience
        guarded(id, [&] { advance(id, &answer); });
    };
    if (running.waits)
        claim_fetches_.send(std::move(running.call), loop_.clock().ofReal(kClaimPatience),
                            answered);
    else
        http_.send(std::move(running.call), work_.callback(answered));
}

void TaskRunner::refusedAuthorization(std::uint64_t id, const std::string& why) {
    Running& running = *running_.at(id);
    if (!std::exchange(running.reauthorized, true)) {
        authorizer_.refused(running.sent_with);
        return begin(id);
    }
    TaskResult result;
    result.kind = TaskResult::Kind::Refused;
    result.of_instance = true;
    result.problem = why.empty() ? "the mail server refuses a new authorization as well" : why;
    finish(id, std::move(result));
}

void TaskRunner::finish(std::uint64_t id, TaskResult result) {
    const auto found = running_.find(id);
    const std::unique_ptr<Running> running = std::move(found->second);
    running_.erase(found);
    running->opened.reset();
    if (running->waits)
        claim_gate_.ended(result.kind != TaskResult::Kind::Retry && !result.of_instance,
                          loop_.clock().steady());
    // The observer last: others wait for the task's end.
    const TaskResult::Kind kind = result.kind;
    running->done(std::move(result));
    if (observer_) observer_(running->task.kind, kind);
}

}  // namespace postbell::managed
