// SPDX-License-Identifier: Apache-2.0
#include "managed/task_runner.h"

#include <algorithm>

namespace postbell::managed {
namespace {

constexpr unsigned kMostSteps = 200;
constexpr std::size_t kMostIdBytes = 4096;
constexpr std::size_t kMostMailboxBytes = 512;
constexpr std::size_t kMostSentence = 1024;

std::string_view view(postbell_str s) {
    return {s.ptr ? s.ptr : "", s.len};
}

postbell_str text(std::string_view s) {
    return s.empty() ? postbell_str{nullptr, 0} : postbell_str{s.data(), s.size()};
}

HttpCall callOf(const postbell_http_request& request) {
    HttpCall call;
    call.method = view(request.method);
    call.origin = view(request.origin);
    call.path = view(request.path);
    call.body.assign(reinterpret_cast<const char*>(request.body.ptr), request.body.len);
    for (std::size_t i = 0; i < request.header_count; ++i)
        call.headers.emplace_back(view(request.headers[i].name), view(request.headers[i].value));
    return call;
}

/// An answer as the contract has it; borrows from it.
struct RawResponse {
    explicit RawResponse(const HttpAnswer& answer) {
        for (const auto& [name, value] : answer.headers)
            headers.push_back({{name.data(), name.size()}, {value.data(), value.size()}, 0});
        raw.size = sizeof raw;
        raw.status = answer.status;
        raw.headers = headers.data();
        raw.header_count = headers.size();
        raw.body = {reinterpret_cast<const std::uint8_t*>(answer.body.data()), answer.body.size()};
        raw.detail = text(answer.detail);
    }
    std::vector<postbell_header> headers;
    postbell_response raw{};
};

TaskResult resultOf(const postbell_step& step) {
    TaskResult result;
    switch (step.result) {
        case POSTBELL_STEP_DONE:
            result.kind = TaskResult::Kind::Done;
            break;
        case POSTBELL_STEP_GONE:
            result.kind = TaskResult::Kind::Gone;
            break;
        case POSTBELL_STEP_REFUSED:
            result.kind = TaskResult::Kind::Refused;
            break;
        default:
            result.kind = TaskResult::Kind::Retry;
            break;
    }
    result.of_instance = step.scope == POSTBELL_STEP_OF_INSTANCE;
    result.retry_after_ms = std::clamp<std::int64_t>(step.retry_after_ms, 0, 86'400'000);
    result.expires_ms = std::max<std::int64_t>(step.expires_ms, 0);
    result.mailbox = view(step.mailbox);
    result.subscription = view(step.subscription);
    result.unread = step.unread;
    result.problem = view(step.problem).substr(0, kMostSentence);
    return result;
}

TaskResult defect(std::string why) {
    TaskResult result;
    result.kind = TaskResult::Kind::Refused;
    result.problem = std::move(why);
    return result;
}

}  // namespace

std::string_view taskName(std::uint32_t kind) {
    static constexpr std::string_view kNames[] = {"unknown", "claim",       "subscribe",
                                                  "renew",   "reauthorize", "unsubscribe",
                                                  "count",   "refresh",     "check"};
    return kNames[kind < std::size(kNames) ? kind : 0];
}

std::string_view resultName(TaskResult::Kind kind) {
    switch (kind) {
        case TaskResult::Kind::Done:
            return "done";
        case TaskResult::Kind::Retry:
            return "retry";
        case TaskResult::Kind::Gone:
            return "gone";
        case TaskResult::Kind::Refused:
            return "refused";
    }
    return "";
}

struct TaskRunner::Running {
    TaskSpec spec;
    std::function<void(TaskResult)> done;
    void* task = nullptr;
    HttpCall call;  // the next one
    unsigned steps = 0;
    std::uint64_t sent_with = 0;  // which authorization
    bool reauthorized = false;
};

TaskRunner::TaskRunner(plugin::BackendPlugin& plugin, HttpClient& http, engine::Loop& loop,
                       log::Log& log, Observer observer)
    : plugin_(plugin),
      table_(*plugin.managed()),
      http_(http),
      loop_(loop),
      log_(log),
      observer_(std::move(observer)) {}

TaskRunner::~TaskRunner() {
    for (auto& [id, running] : running_) close(*running);
}

void TaskRunner::run(TaskSpec spec, std::function<void(TaskResult)> done) {
    const std::uint64_t id = ++last_id_;
    auto running = std::make_unique<Running>();
    running->spec = std::move(spec);
    running->done = std::move(done);
    running_.emplace(id, std::move(running));
    loop_.post([this, id, alive = std::weak_ptr<int>(alive_)] {
        if (!alive.expired()) begin(id);
    });
}

void TaskRunner::begin(std::uint64_t id) {
    Running& running = *running_.at(id);
    postbell_task raw{};
    raw.size = sizeof raw;
    raw.kind = running.spec.kind;
    raw.grant = text(running.spec.grant);
    raw.mailbox = text(running.spec.mailbox);
    raw.subscription = text(running.spec.subscription);
    raw.callback_url = text(running.spec.callback_url);
    raw.proof = text(running.spec.proof);
    if (!open(running, raw)) {
        return finish(id, defect("backend " + plugin_.instance() + " does not know the task"));
    }
    advance(id, nullptr);
}

bool TaskRunner::open(Running& running, const postbell_task& task) {
    const plugin::InPlugin blame = plugin_.calling("open");
    if (table_.open(plugin_.self(), &task, &running.task) < 0) running.task = nullptr;
    return running.task != nullptr;
}

void TaskRunner::close(Running& running) {
    if (running.task == nullptr) return;
    const plugin::InPlugin blame = plugin_.calling("close");
    table_.close(plugin_.self(), running.task);
    running.task = nullptr;
}

void TaskRunner::advance(std::uint64_t id, const HttpAnswer* answer) {
    Running& running = *running_.at(id);
    if (++running.steps > kMostSteps)
        return finish(id, defect("backend " + plugin_.instance() + " comes to no end"));
    postbell_step step{};
    step.size = sizeof step;
    step.unread = -1;
    postbell_status status = POSTBELL_OK;
    const std::int64_t now = loop_.clock().wallMs();
    const plugin::InPlugin blame = plugin_.calling("step");
    if (answer != nullptr) {
        const RawResponse response(*answer);
        status = table_.step(plugin_.self(), running.task, &response.raw, now, &step);
    } else {
        status = table_.step(plugin_.self(), running.task, nullptr, now, &step);
    }
    if (status < 0) {
        TaskResult result;
        result.problem = "backend " + plugin_.instance() + " failed";
        return finish(id, std::move(result));
    }
    if (step.result == POSTBELL_STEP_REAUTHORIZE)
        return refusedAuthorization(id, std::string(view(step.problem).substr(0, kMostSentence)));
    if (step.mailbox.len > kMostMailboxBytes || step.subscription.len > kMostIdBytes)
        return finish(id, defect("backend " + plugin_.instance() + " gave an id that is too long"));
    if (step.result != POSTBELL_STEP_SEND) return finish(id, resultOf(step));
    if (step.request == nullptr)
        return finish(id, defect("backend " + plugin_.instance() + " names no request"));
    running.call = callOf(*step.request);
    if (!plugin_.allows(running.call.origin))
        return finish(
            id, defect("backend " + plugin_.instance() + " wants to send to " +
                       running.call.origin + ", which is neither its own nor in allowed_origins"));
    if (step.authorize != 0)
        sendWithAuthorization(id);
    else
        send(id);
}

void TaskRunner::send(std::uint64_t id) {
    http_.send(std::move(running_.at(id)->call),
               [this, id, alive = std::weak_ptr<int>(alive_)](HttpAnswer answer) {
                   loop_.post([this, id, alive, answer = std::move(answer)] {
                       if (!alive.expired() && running_.count(id) != 0) advance(id, &answer);
                   });
               });
}

void TaskRunner::finish(std::uint64_t id, TaskResult result) {
    const auto found = running_.find(id);
    const std::unique_ptr<Running> running = std::move(found->second);
    running_.erase(found);
    close(*running);
    if (observer_) observer_(running->spec.kind, result.kind);
    running->done(std::move(result));
}

// --- authorization
// -----------------------------------------------------------------------------------------------------

void TaskRunner::sendWithAuthorization(std::uint64_t id) {
    const std::int64_t now = loop_.clock().wallMs();
    const bool usable = authorization_.usable(now);
    const bool renew = usable && authorization_.renew_ms != 0 && now >= authorization_.renew_ms;
    const bool may_try = !exchanging_ && now >= retry_authorization_ms_;
    if (!usable) waiting_.push_back(id);
    if ((!usable || renew) && may_try) authorize();
    if (usable) {
        present(*running_.at(id));
        send(id);
    } else if (!exchanging_) {
        serveWaiting();
    }
}

void TaskRunner::authorize() {
    postbell_authorization given{};
    given.size = sizeof given;
    const plugin::InPlugin blame = plugin_.calling("authorize");
    if (table_.authorize(plugin_.self(), loop_.clock().wallMs(), &given) < 0)
        return authorizationFailed(
            "backend " + plugin_.instance() + " could not make an authorization", true);
    take(given);
}

void TaskRunner::take(const postbell_authorization& given) {
    if (given.problem.ptr != nullptr && given.problem.len > 0)
        return authorizationFailed(std::string(view(given.problem).substr(0, kMostSentence)), true);
    if (given.exchange != nullptr) {
        HttpCall call = callOf(*given.exchange);
        if (!plugin_.allows(call.origin))
            return authorizationFailed("backend " + plugin_.instance() + " wants to send to " +
                                           call.origin +
                                           ", which is neither its own nor in allowed_origins",
                                       true);
        exchanging_ = true;
        http_.send(std::move(call), [this, alive = std::weak_ptr<int>(alive_)](HttpAnswer answer) {
            loop_.post([this, alive, answer = std::move(answer)] {
                if (!alive.expired()) exchanged(answer);
            });
        });
        return;
    }
    if (authorization_refused_)
        log_.info("a mail server accepts the gateway's credential again",
                  {{"backend", plugin_.instance()}});
    authorization_ = {std::string(view(given.header.name)), std::string(view(given.header.value)),
                      given.header.name.ptr == nullptr, given.renew_ms, given.expires_ms};
    ++authorization_number_;
    authorization_problem_.clear();
    authorization_refused_ = false;
    exchange_failures_ = 0;
    retry_authorization_ms_ = 0;
}

void TaskRunner::exchanged(const HttpAnswer& answer) {
    exchanging_ = false;
    const RawResponse response(answer);
    postbell_authorization given{};
    given.size = sizeof given;
    const plugin::InPlugin blame = plugin_.calling("authorized");
    const postbell_status status =
        table_.authorized(plugin_.self(), &response.raw, loop_.clock().wallMs(), &given);
    const std::string_view problem = view(given.problem).substr(0, kMostSentence);
    if (status >= 0)
        take(given);
    else if (status == POSTBELL_EAGAIN && !problem.empty())
        authorizationFailed(std::string(problem), false, given.retry_after_ms);
    else
        authorizationFailed(answer.status != 0 ? "the authorization server answered " +
                                                     std::to_string(answer.status)
                                               : answer.detail,
                            false);
    if (!exchanging_) serveWaiting();
}

void TaskRunner::authorizationFailed(std::string problem, bool refused,
                                     std::int64_t retry_after_ms) {
    const std::int64_t first = refused ? 30'000 : 1'000;
    const std::int64_t most = refused ? 600'000 : 300'000;
    const std::int64_t wait = std::min(most, first << std::min(exchange_failures_++, 10u));
    retry_authorization_ms_ =
        loop_.clock().wallMs() +
        (retry_after_ms > 0 ? std::min<std::int64_t>(retry_after_ms, 3'600'000) : wait);
    if (refused && !authorization_refused_)
        log_.error("a mail server refuses the gateway's credential: managed subscriptions wait",
                   {{"backend", plugin_.instance()}, {"reason", problem}});
    authorization_refused_ = refused;
    authorization_problem_ = std::move(problem);
}

TaskResult TaskRunner::unauthorized() const {
    TaskResult result;
    result.kind = authorization_refused_ ? TaskResult::Kind::Refused : TaskResult::Kind::Retry;
    result.of_instance = true;
    result.retry_after_ms =
        std::max<std::int64_t>(retry_authorization_ms_ - loop_.clock().wallMs(), 1);
    result.problem = authorization_problem_;
    return result;
}

void TaskRunner::serveWaiting() {
    const std::vector<std::uint64_t> waiting = std::exchange(waiting_, {});
    const bool usable = authorization_.usable(loop_.clock().wallMs());
    for (const std::uint64_t id : waiting) {
        const auto found = running_.find(id);
        if (found == running_.end()) continue;
        if (!usable) {
            finish(id, unauthorized());
            continue;
        }
        present(*found->second);
        send(id);
    }
}

void TaskRunner::present(Running& running) const {
    running.sent_with = authorization_number_;
    if (!authorization_.none_needed)
        running.call.headers.emplace_back(authorization_.name, authorization_.value);
}

void TaskRunner::refusedAuthorization(std::uint64_t id, const std::string& why) {
    Running& running = *running_.at(id);
    if (running.reauthorized) {
        TaskResult result;
        result.kind = TaskResult::Kind::Refused;
        result.of_instance = true;
        result.problem = why.empty() ? "the mail server refuses a new authorization as well" : why;
        return finish(id, std::move(result));
    }
    running.reauthorized = true;
    // Unless another task has got a new one meanwhile.
    if (running.sent_with == authorization_number_) authorization_ = {};
    close(running);
    begin(id);
}

}  // namespace postbell::managed
