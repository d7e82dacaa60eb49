// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_instance.h"

#include <vector>

#include "plugin/text.h"

namespace postbell::backend {
namespace {

constexpr std::size_t kPoolQueue = 256;
/// A plugin that promised never to block, and holds the listener's thread for so long, has broken
/// its promise.
constexpr std::chrono::seconds kPromiseBroken{1};
constexpr std::chrono::seconds kSlow{10};

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

postbell_status BackendInstance::handle(const postbell_request& request, StagedReply& reply) {
    const util::RealTime begun = util::realNow();
    postbell_status status = POSTBELL_OK;
    {
        const plugin::InPlugin blame = plugin_->calling("handle");
        status = plugin_->table().handle(plugin_->self(), &request, reply.raw());
    }
    noteDuration(util::realNow() - begun - reply.readingTime());
    return status;
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

void BackendInstance::complain(postbell_status status, const Staged& staged, int answer,
                               util::Trace trace) {
    const bool fine = status >= 0 && staged.problem.empty() && !staged.too_many && !staged.left_out;
    if (fine) return;
    const std::string traced = util::traceText(trace);
    if (staged.too_many)
        say(log::Level::Warning, "a message has more events than are taken", {},
            {{"trace", traced}, {"backend", name()}, {"answer", answer}});
    if (staged.left_out)
        say(log::Level::Warning, "a message reached so many registrations that some were left out",
            {}, {{"trace", traced}, {"backend", name()}});
    // A backend that gives up after too many events has not failed.
    if (status >= 0 ? !staged.problem.empty() : !staged.too_many)
        complain(status, staged.problem, traced);
}

void BackendInstance::complain(postbell_status status, std::string_view sentence,
                               const std::string& trace) {
    const bool failed = status < 0 && status != POSTBELL_EINVAL;
    const char* const kind = failed       ? "a backend failed"
                             : status < 0 ? "a backend cannot read a message"
                                          : "a backend says what is wrong with a message";
    const std::string named = plugin::statusName(status);
    say(failed ? log::Level::Error : log::Level::Warning, kind, sentence,
        {{"trace", trace}, {"backend", name()}, {"status", named}});
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
