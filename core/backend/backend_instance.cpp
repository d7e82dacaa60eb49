// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_instance.h"

#include <vector>

#include "backend/contract.h"

namespace postbell::backend {
namespace {

constexpr std::size_t kPoolQueue = 256;
/// A plugin that promised never to block, and holds the listener's thread for so long, has broken
/// its promise.
constexpr std::chrono::seconds kPromiseBroken{1};
constexpr std::chrono::seconds kSlow{10};
/// Of the store, for one message: some hundred names. The listener's thread is every tenant's.
constexpr std::chrono::milliseconds kLongReading{10};

std::int64_t inMs(util::RealTime::duration time) {
    return std::chrono::duration_cast<util::Milliseconds>(time).count();
}

CallbackDescription describe(const plugin::BackendPlugin& plugin, const RouteTable& routes) {
    const plugin::Description& own = plugin.describe();
    return {plugin.instance(), own.heartbeat, own.callback, routes.hasRegistrationRoutes()};
}

}  // namespace

BackendInstance::BackendInstance(std::unique_ptr<plugin::BackendPlugin> plugin,
                                 unsigned pool_threads, BackendMetrics& metrics,
                                 const util::Clock& clock, log::Log& log)
    : plugin_(std::move(plugin)),
      routes_(plugin_->routes()),
      description_(describe(*plugin_, routes_)),
      pool_threads_(pool_threads),
      metrics_(metrics.of(plugin_->instance())),
      clock_(clock),
      log_(log) {
    if (!plugin_->descriptor().neverBlocks()) moveToPool();
}

void BackendInstance::moveToPool() {
    const std::lock_guard lock(pool_mutex_);
    if (pool_) return;
    pool_ = std::make_unique<util::WorkerPool>(pool_threads_, kPoolQueue);
    runs_in_ = pool_.get();
}

void BackendInstance::say(log::Level level, const char* kind, std::string_view reason,
                          std::initializer_list<log::Field> fields) {
    const auto suppressed = gate_.admit(kind, reason, clock_.steady());
    if (!suppressed) return;
    std::vector<log::Field> all(fields);
    if (!reason.empty()) all.emplace_back("reason", reason);
    if (*suppressed > 0) all.emplace_back("suppressed", *suppressed);
    log_.write(level, kind, all.data(), all.size());
}

void BackendInstance::overloaded() {
    metrics_.count(Result::Overload);
    say(log::Level::Warning,
        "a backend's plugin does not keep up: mail servers are asked to try again", {},
        {{"backend", name()}, {"threads", pool_threads_}, {"waiting", kPoolQueue}});
}

Reading BackendInstance::handle(const net::Request& request, const Addressee& to,
                                StagedReply& reply) {
    const RawRequest raw(request, to);
    RawReply raw_reply(reply);
    const util::RealTime begun = util::realNow();
    Reading reading;
    {
        const plugin::InPlugin blame = plugin_->calling("handle");
        reading = readingOf(plugin_->table().handle(plugin_->self(), raw.get(), raw_reply.get()));
    }
    noteDuration(util::realNow() - begun - reply.readingTime());
    noteReading(reply.readingTime());
    return reading;
}

void BackendInstance::noteReading(util::RealTime::duration took) {
    if (runs_in_ != nullptr || took < kLongReading) return;
    log_.info(
        "a message named so many mailboxes that the mailbox listener waited for the store: from "
        "now on its backend has threads of its own",
        {{"backend", name()}, {"held_ms", inMs(took)}});
    moveToPool();
}

void BackendInstance::noteDuration(util::RealTime::duration took) {
    if (runs_in_ == nullptr && took >= kPromiseBroken) {
        log_.error(
            "a backend's plugin held the mailbox listener up, though it says that it never blocks: "
            "from now on it has threads of its own",
            {{"backend", name()}, {"held_ms", inMs(took)}});
        moveToPool();
    } else if (took >= kSlow) {
        log_.warning("a backend's plugin took long for one message",
                     {{"backend", name()}, {"took_ms", inMs(took)}});
    }
}

void BackendInstance::complain(const Reading& reading, const Staged& staged, int answer,
                               util::Trace trace) {
    const bool read = reading.result == Reading::Result::Read;
    const bool fine = read && staged.problem.empty() && staged.breach.empty() &&
                      !staged.tally.too_many && !staged.tally.left_out;
    if (fine) return;
    const std::string traced = util::traceText(trace);
    if (!staged.breach.empty())
        say(log::Level::Warning, "a backend breaks the contract", staged.breach,
            {{"trace", traced}, {"backend", name()}, {"answer", answer}});
    if (staged.tally.too_many)
        say(log::Level::Warning, "a message has more events than are taken", {},
            {{"trace", traced}, {"backend", name()}, {"answer", answer}});
    if (staged.tally.left_out)
        say(log::Level::Warning, "a message reached so many registrations that some were left out",
            {}, {{"trace", traced}, {"backend", name()}});
    // A backend that gives up after too many events has not failed.
    if (read ? !staged.problem.empty() : !staged.tally.too_many)
        complain(reading, staged.problem, traced);
}

void BackendInstance::complain(const Reading& reading, std::string_view sentence,
                               const std::string& trace) {
    const auto line = [&](log::Level level, const char* kind) {
        say(level, kind, sentence,
            {{"trace", trace}, {"backend", name()}, {"status", reading.status}});
    };
    switch (reading.result) {
        case Reading::Result::Read:
            return line(log::Level::Warning, "a backend says what is wrong with a message");
        case Reading::Result::Unreadable:
            return line(log::Level::Warning, "a backend cannot read a message");
        case Reading::Result::Failed:
            return line(log::Level::Error, "a backend failed");
    }
}

TenantCallbacks BackendInstance::tenantCallbacks() const {
    if (!routes_.hasTenantRoutes()) return TenantCallbacks::None;
    return routes_.tenantsNeedSecret() ? TenantCallbacks::ServedWithSecret
                                       : TenantCallbacks::Served;
}

void BackendInstance::storeFailed(std::string_view reason, util::Trace trace) {
    const std::string traced = util::traceText(trace);
    say(log::Level::Warning, "the store cannot be read: a mail server is asked to try again",
        reason, {{"trace", traced}, {"backend", name()}});
}

void BackendInstance::stop() {
    if (pool_) pool_->stop();
}

}  // namespace postbell::backend
