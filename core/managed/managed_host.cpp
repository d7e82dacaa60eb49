// SPDX-License-Identifier: Apache-2.0
#include "managed/managed_host.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <chrono>
#include <future>

#include "managed/mailbox_counts.h"
#include "managed/mailbox_tasks.h"
#include "managed/refresh.h"
#include "managed/task_runner.h"
#include "util/exception_text.h"

namespace postbell::managed {
namespace {

using namespace std::chrono_literals;

// Real time, whatever the clock's speed.
/// Within this time, a mailbox that became due is looked at.
constexpr util::Milliseconds kTick = 200ms;
constexpr util::Milliseconds kGauges = 5s;
constexpr util::Milliseconds kCountPatience = 3s;
/// Longer than a claim's own: only a loop that hangs lets it pass.
constexpr util::Milliseconds kClaimPatience = 10s;

}  // namespace

struct ManagedHost::Instance {
    Instance(plugin::BackendPlugin& p, ManagedHost& host)
        : plugin(p),
          http(host.parts_.http,
               [&host, backend = p.instance()](const std::string& origin) {
                   host.tellLate(backend, origin);
               }),
          runner(
              p, http, *host.loop_, host.parts_.log,
              [&host, backend = p.instance()](TaskKind kind, TaskResult::Kind result) {
                  host.tasks_
                      .Add({{"backend", backend},
                            {"task", std::string(name(kind))},
                            {"result", std::string(name(result))}})
                      .Increment();
              },
              host.claim_room_),
          hold(p.instance(), "subscriptions", host.parts_.clock, host.parts_.log),
          count_hold(p.instance(), "counts", host.parts_.clock, host.parts_.log),
          tasks(p.instance(), host.parts_.mailbox_url + "/" + p.instance() + "/", runner, hold,
                host.parts_.store, host.parts_.clock, host.parts_.log,
                [this](store::Id mailbox) {
                    hold.forget(mailbox);
                    count_hold.forget(mailbox);
                }),
          counts(p.instance(), runner, count_hold, host.parts_.store, *host.loop_, host.parts_.log),
          refresh(p, runner, host.parts_.clock, host.parts_.log) {}

    plugin::BackendPlugin& plugin;
    HttpClient http;  // an instance's own, so that a slow server of it takes no other's threads
    TaskRunner runner;
    InstanceHold hold;        // of the subscriptions
    InstanceHold count_hold;  // of the counts
    MailboxTasks tasks;
    MailboxCounts counts;
    Refresh refresh;
};

ManagedHost::ManagedHost(Parts parts)
    : parts_(std::move(parts)),
      mailboxes_(prometheus::BuildGauge()
                     .Name("postbell_managed_mailboxes")
                     .Help("Mailboxes whose subscription the gateway holds, by backend and state")
                     .Register(parts_.registry)),
      authorization_failing_(prometheus::BuildGauge()
                                 .Name("postbell_managed_authorization_failing")
                                 .Help("1: the last request of a managed backend for an "
                                       "authorization failed")
                                 .Register(parts_.registry)),
      tasks_(prometheus::BuildCounter()
                 .Name("postbell_managed_tasks_total")
                 .Help("Tasks of managed backends by kind and result")
                 .Register(parts_.registry)),
      claim_room_(std::make_shared<ClaimRoom>(ClaimRoom{parts_.max_waiting_claims})) {}

ManagedHost::~ManagedHost() {
    stop();
}

void ManagedHost::add(plugin::BackendPlugin& plugin) {
    if (!loop_) {
        engine::LoopOptions options;
        options.name = "managed";
        options.heartbeats = parts_.heartbeats;
        options.log = &parts_.log;
        loop_ = std::make_unique<engine::Loop>(parts_.clock, options);
    }
    instances_.emplace(plugin.instance(), std::make_unique<Instance>(plugin, *this));
}

void ManagedHost::start() {
    abandonForeign();
    if (loop_) loop_->runAndWait([this] { tick(); });
}

/// Mailboxes of an instance that manages nothing any more: their apps are asked to subscribe.
void ManagedHost::abandonForeign() {
    for (const store::MailboxTotals& c : parts_.store.countMailboxes()) {
        if (has(c.instance)) continue;
        parts_.log.warning("mailboxes are left to their apps: their backend manages nothing now",
                           {{"backend", c.instance}, {"mailboxes", c.mailboxes}});
        parts_.store.abandonMailboxes(
            c.instance, "the gateway does not manage subscriptions of this kind any more",
            parts_.clock.wall());
    }
}

void ManagedHost::stop() {
    if (!loop_) return;
    loop_->runAndWait([this] { timer_ = {}; });
    for (auto& [name, instance] : instances_) instance->http.stop();
    loop_->stop();
    // The tasks' callbacks are dropped with the instances, in place of the stopped loop.
    loop_->runAndWait([this] {
        timer_ = {};
        instances_.clear();
    });
    loop_.reset();
}

bool ManagedHost::has(std::string_view instance) const {
    return instances_.find(instance) != instances_.end();
}

void ManagedHost::tick() {
    timer_ = loop_->after(parts_.clock.ofReal(kTick), [this] { tick(); });
    for (auto& [name, instance] : instances_) {
        const auto waits = [this, backend = name, &instance = instance](const char* sentence,
                                                                        const char* reason) {
            parts_.log.warning(sentence, {{"backend", backend}, {"reason", reason}});
            instance->hold.hold(parts_.clock.ofReal(store::kStoreRetry));
        };
        try {
            instance->refresh.look();
            instance->counts.tidy();
            instance->tasks.look();
        } catch (const store::StoreError& e) {
            waits("the store cannot be read: managed subscriptions wait", e.what());
        } catch (...) {
            waits("a managed backend made the gateway fail: please report this",
                  util::exceptionText());
        }
    }
    updateGauges();
}

void ManagedHost::tellLate(const std::string& backend, const std::string& origin) {
    const auto suppressed = late_lines_.admit("late", origin, parts_.clock.steady());
    if (suppressed)
        parts_.log.warning("a mail server did not send its whole answer in time: it was cut off",
                           {{"backend", backend}, {"origin", origin}, {"suppressed", *suppressed}});
}

Claim ManagedHost::claim(const std::string& instance, const std::string& grant) {
    Claim claim;
    claim.problem = "the gateway cannot check this now: try again";
    const auto found = instances_.find(instance);
    if (found == instances_.end()) return claim;
    auto promise = std::make_shared<std::promise<TaskResult>>();
    auto future = promise->get_future();
    loop_->post([&instance = *found->second, promise, grant] {
        Task task;
        task.kind = TaskKind::Claim;
        task.grant = grant;
        instance.runner.run(std::move(task), [promise](TaskResult result) {
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
    // The gateway's own trouble, such as a login that refuses its secret, is not the device's
    // business.
    if (result.of_instance) return claim;
    if (result.kind != TaskResult::Kind::Retry) claim.kind = Claim::Kind::Refused;
    if (!result.problem.empty()) claim.problem = std::move(result.problem);
    return claim;
}

void ManagedHost::count(const std::string& instance, store::Id mailbox, util::RealTime since,
                        CountDone done) {
    const auto found = instances_.find(instance);
    if (found == instances_.end()) return done(store::kUnknownCount);
    loop_->post(
        [&counts = found->second->counts, mailbox, since, done = std::move(done)]() mutable {
            counts.ask(mailbox, since, kCountPatience, std::move(done));
        });
}

void ManagedHost::updateGauges() {
    const util::SteadyTime now = parts_.clock.steady();
    if (now < gauges_at_) return;
    gauges_at_ = now + parts_.clock.ofReal(kGauges);
    for (const auto& [name, instance] : instances_)
        authorization_failing_.Add({{"backend", name}})
            .Set(instance->runner.lacksAuthorization() ? 1 : 0);
    try {
        // Those of an instance without a mailbox are zero.
        std::map<std::string, store::MailboxTotals> totals;
        for (const auto& [name, instance] : instances_) totals[name];
        for (const store::MailboxTotals& c : parts_.store.countMailboxes()) totals[c.instance] = c;
        for (const auto& [name, c] : totals) {
            const auto set = [&, &backend = name](const char* state, std::int64_t value) {
                mailboxes_.Add({{"backend", backend}, {"state", state}})
                    .Set(static_cast<double>(value));
            };
            set("subscribed", c.subscribed);
            set("unsubscribed", c.mailboxes - c.subscribed);
            set("failing", c.failing);
        }
    } catch (const store::StoreError&) {
        // The gauges keep their values.
    }
}

}  // namespace postbell::managed
