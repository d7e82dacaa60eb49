// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_instance.h"

#include "plugin/text.h"

namespace postbell::backend {
namespace {

constexpr std::size_t kPoolQueue = 256;
constexpr std::size_t kMaxSentenceBytes = 1024;
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
                                 unsigned pool_threads, BackendMetrics& metrics, log::Log& log)
    : plugin_(std::move(plugin)),
      routes_(plugin_->routes()),
      description_(describe(*plugin_, routes_)),
      pool_threads_(pool_threads),
      metrics_(metrics.of(plugin_->instance())),
      log_(log) {
    if (!plugin_->descriptor().neverBlocks()) moveToPool();
}

void BackendInstance::moveToPool() {
    const std::lock_guard lock(pool_mutex_);
    if (pool_) return;
    pool_ = std::make_unique<util::WorkerPool>(pool_threads_, kPoolQueue);
    runs_in_ = pool_.get();
}

bool BackendInstance::isToBeTold(std::string_view line) {
    // By real time, as the gate's only user here: an instance has no clock.
    const auto now = util::realNow().time_since_epoch();
    return told_.admits(line,
                        util::SteadyTime(std::chrono::duration_cast<util::Microseconds>(now)));
}

void BackendInstance::overloaded() {
    metrics_.count(Result::Overload);
    if (isToBeTold("full"))
        log_.warning("a backend's plugin does not keep up: mail servers are asked to try again",
                     {{"backend", name()}, {"threads", pool_threads_}, {"waiting", kPoolQueue}});
}

postbell_status BackendInstance::handle(const postbell_request& request, postbell_reply* reply) {
    const util::RealTime begun = util::realNow();
    postbell_status status = POSTBELL_OK;
    {
        const plugin::InPlugin blame = plugin_->calling("handle");
        status = plugin_->table().handle(plugin_->self(), &request, reply);
    }
    noteDuration(util::realNow() - begun);
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

void BackendInstance::complain(postbell_status status, std::string_view sentence,
                               util::Trace trace) {
    if (status >= 0 && sentence.empty()) return;
    const bool failed = status < 0 && status != POSTBELL_EINVAL;
    const char* text = failed       ? "a backend failed"
                       : status < 0 ? "a backend cannot read a message"
                                    : "a backend says what is wrong with a message";
    const std::string reason = plugin::printable(sentence, kMaxSentenceBytes);
    if (!isToBeTold(text + reason)) return;
    const std::string traced = util::traceText(trace);
    const std::string named = plugin::statusName(status);
    const std::array<log::Field, 4> fields{
        log::Field("trace", traced), log::Field("backend", name()), log::Field("status", named),
        log::Field("reason", reason)};
    log_.write(failed ? log::Level::Error : log::Level::Warning, text, fields.data(),
               fields.size());
}

TenantCallbacks BackendInstance::tenantCallbacks() const {
    if (!routes_.hasTenantRoutes()) return TenantCallbacks::None;
    return routes_.tenantsNeedSecret() ? TenantCallbacks::ServedWithSecret
                                       : TenantCallbacks::Served;
}

void BackendInstance::reachedTooMany(util::Trace trace) {
    if (isToBeTold("too many"))
        log_.warning("a message reached so many registrations that some were left out",
                     {{"trace", util::traceText(trace)}, {"backend", name()}});
}

void BackendInstance::storeFailed(std::string_view reason, util::Trace trace) {
    if (isToBeTold(reason))
        log_.warning("the store cannot be read: a mail server is asked to try again",
                     {{"trace", util::traceText(trace)}, {"backend", name()}, {"reason", reason}});
}

void BackendInstance::stop() {
    if (pool_) pool_->stop();
}

}  // namespace postbell::backend
