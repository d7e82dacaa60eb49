// SPDX-License-Identifier: Apache-2.0
#include "managed/managed_host.h"

#include <chrono>
#include <future>
#include <stdexcept>

namespace postbell::managed {
namespace {

constexpr std::int64_t kTickMs = 200;  // real time
constexpr std::int64_t kGaugesMs = 5'000;
constexpr std::int64_t kHourMs = 60LL * 60 * 1000;
constexpr std::int64_t kRefreshMs = 24 * kHourMs;
constexpr std::int64_t kRefreshRetryMs = 60'000;
/// A plugin that asks for a refresh gets one no sooner than so long after the last.
constexpr std::int64_t kRefreshPauseMs = 5 * 60'000;
constexpr std::int64_t kCountPatienceMs = 3'000;
constexpr std::chrono::seconds kClaimPatience{10};
constexpr int kMostClaims = 64;

}  // namespace

struct ManagedHost::Instance {
    Instance(plugin::BackendPlugin& p, ManagedHost& host)
        : plugin(p),
          runner(p, *host.http_, *host.loop_, host.parts_.log,
                 [&host, name = p.instance()](std::uint32_t kind, TaskResult::Kind result) {
                     host.tasks_
                         .Add({{"backend", name},
                               {"task", std::string(taskName(kind))},
                               {"result", std::string(resultName(result))}})
                         .Increment();
                 }),
          tasks(p.instance(), host.parts_.mailbox_url + "/" + p.instance() + "/", runner,
                host.parts_.store, host.parts_.clock, host.parts_.log),
          counts(runner, tasks, host.parts_.store, *host.loop_) {}

    plugin::BackendPlugin& plugin;
    TaskRunner runner;
    MailboxTasks tasks;
    MailboxCounts counts;
    bool refreshing = false;
    std::int64_t refreshed_ms = 0;
    std::int64_t refresh_at_ms = 0;
};

ManagedHost::ManagedHost(Parts parts)
    : parts_(std::move(parts)),
      mailboxes_(prometheus::BuildGauge()
                     .Name("postbell_managed_mailboxes")
                     .Help("Mailboxes whose subscription the gateway holds, by backend and state")
                     .Register(parts_.registry)),
      tasks_(prometheus::BuildCounter()
                 .Name("postbell_managed_tasks_total")
                 .Help("Tasks of managed backends by kind and result")
                 .Register(parts_.registry)) {}

ManagedHost::~ManagedHost() {
    stop();
}

void ManagedHost::add(plugin::BackendPlugin& plugin) {
    if (!http_) {
        http_ = std::make_unique<HttpClient>(parts_.http);
        loop_ = std::make_unique<engine::Loop>(parts_.clock);
    }
    instances_.emplace(plugin.instance(), std::make_unique<Instance>(plugin, *this));
}

void ManagedHost::start() {
    abandonForeign();
    if (loop_) loop_->runAndWait([this] { tick(); });
}

/// Mailboxes of an instance that manages nothing any more: their apps are asked to subscribe.
void ManagedHost::abandonForeign() {
    for (const store::ManagedCount& c : parts_.store.countManaged()) {
        if (has(c.instance)) continue;
        parts_.log.warning("mailboxes are left to their apps: their backend manages nothing now",
                           {{"backend", c.instance}, {"mailboxes", c.mailboxes}});
        parts_.store.abandonManaged(
            c.instance, "the gateway does not manage subscriptions of this kind any more",
            parts_.clock.wallMs());
    }
}

void ManagedHost::stop() {
    if (!loop_) return;
    loop_->runAndWait([this] { timer_ = {}; });
    http_->stop();
    loop_->stop();
    // What a task's end would have called is dropped with it, on the stopped loop's behalf.
    loop_->runAndWait([this] {
        timer_ = {};
        instances_.clear();
    });
    loop_.reset();
    http_.reset();
}

bool ManagedHost::has(std::string_view instance) const {
    return instances_.find(instance) != instances_.end();
}

void ManagedHost::tick() {
    timer_ = loop_->after(parts_.clock.ofRealMs(kTickMs), [this] { tick(); });
    looking_soon_ = false;
    for (auto& [name, instance] : instances_) {
        refresh(*instance);
        instance->counts.tidy();
        try {
            instance->tasks.look();
        } catch (const store::StoreError& e) {
            parts_.log.warning("the store cannot be read: managed subscriptions wait",
                               {{"backend", name}, {"reason", e.what()}});
            instance->tasks.hold(parts_.clock.ofRealMs(1'000));
        }
    }
    updateGauges();
}

void ManagedHost::refresh(Instance& instance) {
    const std::int64_t now = parts_.clock.wallMs();
    const bool asked = instance.plugin.takeRefreshAsked();
    if (asked)
        instance.refresh_at_ms =
            std::min(instance.refresh_at_ms, instance.refreshed_ms + kRefreshPauseMs);
    if (instance.refreshing || now < instance.refresh_at_ms) return;
    instance.refreshing = true;
    instance.refreshed_ms = now;
    TaskSpec spec;
    spec.kind = POSTBELL_TASK_REFRESH;
    instance.runner.run(std::move(spec), [this, &instance](const TaskResult& result) {
        instance.refreshing = false;
        const bool done = result.kind == TaskResult::Kind::Done;
        instance.refresh_at_ms = parts_.clock.wallMs() + (done ? kRefreshMs : kRefreshRetryMs);
        if (!done)
            parts_.log.warning(
                "what a managed backend keeps could not be refreshed",
                {{"backend", instance.plugin.instance()}, {"reason", result.problem}});
    });
}

Claim ManagedHost::claim(const std::string& instance, const std::string& grant) {
    Claim claim;
    claim.problem = "the gateway cannot check this now: try again";
    const auto found = instances_.find(instance);
    if (found == instances_.end()) return claim;
    struct Guard {
        std::atomic<int>& claims;
        ~Guard() { --claims; }
    } const guard{claims_};
    if (++claims_ > kMostClaims) return claim;
    auto promise = std::make_shared<std::promise<TaskResult>>();
    auto future = promise->get_future();
    loop_->post([&instance = *found->second, promise, grant] {
        TaskSpec spec;
        spec.kind = POSTBELL_TASK_CLAIM;
        spec.grant = grant;
        instance.runner.run(std::move(spec), [promise](TaskResult result) {
            promise->set_value(std::move(result));
        });
    });
    promise.reset();  // a host that stops breaks the promise
    if (future.wait_for(kClaimPatience) != std::future_status::ready) return claim;
    TaskResult result;
    try {
        result = future.get();
    } catch (const std::future_error&) {
        return claim;
    }
    if (result.kind == TaskResult::Kind::Done && !result.mailbox.empty()) {
        claim.kind = Claim::Kind::Proven;
        claim.mailbox = std::move(result.mailbox);
        return claim;
    }
    if (result.kind != TaskResult::Kind::Retry) claim.kind = Claim::Kind::Refused;
    if (!result.problem.empty()) claim.problem = std::move(result.problem);
    return claim;
}

void ManagedHost::lookSoon() {
    if (!loop_ || looking_soon_.exchange(true)) return;
    loop_->post([this] { tick(); });
}

void ManagedHost::count(const std::string& instance, store::Id mailbox, std::int64_t since_us,
                        CountDone done) {
    const auto found = instances_.find(instance);
    if (found == instances_.end()) return done(store::kUnknownCount);
    loop_->post(
        [&counts = found->second->counts, mailbox, since_us, done = std::move(done)]() mutable {
            counts.ask(mailbox, since_us, kCountPatienceMs, std::move(done));
        });
}

void ManagedHost::updateGauges() {
    const std::int64_t now = parts_.clock.steadyMs();
    if (now < gauges_at_ms_) return;
    gauges_at_ms_ = now + parts_.clock.ofRealMs(kGaugesMs);
    try {
        for (const store::ManagedCount& c : parts_.store.countManaged()) {
            const auto set = [&](const char* state, std::int64_t value) {
                mailboxes_.Add({{"backend", c.instance}, {"state", state}})
                    .Set(static_cast<double>(value));
            };
            set("subscribed", c.subscribed);
            set("unsubscribed", c.mailboxes - c.subscribed);
            set("failing", c.failing);
        }
    } catch (const store::StoreError&) {
        // The gauges keep what they show.
    }
}

std::string tryOut(plugin::BackendPlugin& plugin, const HttpSettings& http,
                   const util::Clock& clock, log::Log& log) {
    HttpClient client(http);
    engine::Loop loop(clock);
    std::unique_ptr<TaskRunner> runner;
    auto promise = std::make_shared<std::promise<TaskResult>>();
    auto future = promise->get_future();
    loop.runAndWait([&] {
        runner = std::make_unique<TaskRunner>(plugin, client, loop, log);
        TaskSpec spec;
        spec.kind = POSTBELL_TASK_CHECK;
        runner->run(std::move(spec),
                    [promise](TaskResult result) { promise->set_value(std::move(result)); });
    });
    const bool answered = future.wait_for(std::chrono::seconds(45)) == std::future_status::ready;
    client.stop();
    loop.runAndWait([&] { runner.reset(); });
    if (!answered) throw std::runtime_error("no answer within 45 seconds");
    const TaskResult result = future.get();
    if (result.kind == TaskResult::Kind::Done) return result.problem;
    throw std::runtime_error(result.problem.empty() ? "the mail server says no" : result.problem);
}

}  // namespace postbell::managed
