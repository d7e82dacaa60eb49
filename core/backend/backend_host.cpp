// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_host.h"

#include <chrono>

#include "backend/callback_shares.h"
#include "util/printable.h"
#include "web/problem.h"

namespace postbell::backend {
namespace {

constexpr std::size_t kMaxMethodBytes = 16;

/// A message that waits for a thread of its backend's pool.
struct PooledMessage {
    Arrival arrival;
    net::Request request;
    net::Responder responder;
    CallbackShares::Place place;
};

}  // namespace

BackendHost::BackendHost(const Parts& parts, prometheus::Registry& registry)
    : parts_(parts),
      metrics_(registry),
      reader_({parts.events, parts.registrations, parts.seen, parts.log, mailbox_changed_}) {}

BackendHost::~BackendHost() {
    stop();
}

void BackendHost::add(std::unique_ptr<plugin::BackendPlugin> plugin, unsigned pool_threads) {
    auto instance = std::make_unique<BackendInstance>(std::move(plugin), pool_threads, metrics_,
                                                      parts_.clock, parts_.log);
    const std::string name = instance->name();
    instances_.emplace(name, std::move(instance));
}

void BackendHost::stop() {
    for (auto& [name, instance] : instances_) instance->stop();
}

std::vector<CallbackDescription> BackendHost::callbacks() const {
    std::vector<CallbackDescription> all;
    for (const auto& [name, instance] : instances_) all.push_back(instance->description());
    return all;
}

std::vector<plugin::BackendPlugin*> BackendHost::plugins() const {
    std::vector<plugin::BackendPlugin*> all;
    for (const auto& [name, instance] : instances_) all.push_back(&instance->plugin());
    return all;
}

std::vector<std::pair<std::string, util::Milliseconds>> BackendHost::silences() const {
    std::vector<std::pair<std::string, util::Milliseconds>> all;
    const util::WallTime now = parts_.clock.wall();
    const Uptime up = uptime(now);
    for (const auto& [name, instance] : instances_)
        all.emplace_back(name, up.silence(instance->metrics().lastHeard(), now));
    return all;
}

TenantCallbacks BackendHost::tenantCallbacks(std::string_view instance) const {
    const auto found = instances_.find(instance);
    if (found == instances_.end()) return TenantCallbacks::None;
    return found->second->tenantCallbacks();
}

bool BackendHost::has(std::string_view instance) const {
    return instances_.find(instance) != instances_.end();
}

std::string BackendHost::canonicalFolder(std::string_view instance, std::string_view id) const {
    const auto found = instances_.find(instance);
    return found == instances_.end() ? "" : found->second->plugin().canonicalFolder(id);
}

Uptime BackendHost::uptime(util::WallTime now) const {
    if (!util::isSet(up_since_)) return {away_since_, {}};
    return {away_since_, now - std::chrono::duration_cast<util::Milliseconds>(
                                   parts_.clock.steady() - up_since_)};
}

registry::LifeClock BackendHost::lifeClock(std::string_view instance) const {
    const auto found = instances_.find(instance);
    return lifeClock(found != instances_.end() ? found->second->description().heartbeat
                                               : util::Milliseconds::zero());
}

registry::LifeClock BackendHost::lifeClock(util::Milliseconds heartbeat) const {
    const util::WallTime now = parts_.clock.wall();
    return uptime(now).lifeClock(heartbeat, now);
}

std::vector<BackendHost::Outage> BackendHost::outages() const {
    const util::WallTime now = parts_.clock.wall();
    const Uptime up = uptime(now);
    std::vector<Outage> all;
    for (const auto& [name, instance] : instances_)
        if (const auto away = up.outage(instance->description().heartbeat, now))
            all.push_back({name, *away, up.away_since + *away});
    return all;
}

/// Never the path: it has the callback's token.
void BackendHost::refuse(const net::Request& request, net::Responder& responder,
                         std::string_view instance, const RouteTable::Refusal& refusal) const {
    if (parts_.log.enabled(log::Level::Debug))
        parts_.log.debug("a request of a mail server was refused",
                         {{"backend", instance},
                          {"method", util::printable(request.method, kMaxMethodBytes)},
                          {"status", refusal.status},
                          {"peer", request.peer},
                          {"reason", refusal.title}});
    net::Response answer = web::problemResponse(refusal.status, refusal.title);
    if (!refusal.allowed.empty()) answer.headers.emplace_back("allow", refusal.allowed);
    responder.send(std::move(answer));
}

void BackendHost::handle(net::Request&& request, net::Responder&& responder) {
    const util::RealTime received = util::realNow();
    const auto path = parsePath(request.path);
    const auto found = path ? instances_.find(path->instance) : instances_.end();
    if (found == instances_.end())
        return refuse(request, responder, "", {404, "there is no such callback", {}});
    BackendInstance& instance = *found->second;
    std::optional<std::string> token_hash = tokenHash(path->token);
    if (!token_hash) {
        instance.metrics().count(Result::Refused);
        return refuse(request, responder, instance.name(), {404, "there is no such callback", {}});
    }
    const auto routes = instance.routes().find(request.method, path->suffix, request.body.size());
    if (const auto* refusal = std::get_if<RouteTable::Refusal>(&routes)) {
        instance.metrics().count(Result::Refused);
        return refuse(request, responder, instance.name(), *refusal);
    }
    Arrival arrival{std::get<RouteTable::Match>(routes), *std::move(token_hash), traces_.next(),
                    received};
    util::WorkerPool* const pool = instance.pool();
    if (pool == nullptr) {
        reader_.handle(instance, arrival, lifeClock(instance.description().heartbeat), request,
                       std::move(responder));
        return;
    }
    CallbackShares::Place place = instance.shares().take(arrival.token_hash);
    auto waiting = std::make_shared<PooledMessage>(PooledMessage{
        std::move(arrival), std::move(request), std::move(responder), std::move(place)});
    std::function<void()> job = [this, &instance, waiting] {
        reader_.handle(instance, waiting->arrival, lifeClock(instance.description().heartbeat),
                       waiting->request, std::move(waiting->responder));
    };
    if (waiting->place != nullptr && pool->tryPost(job)) return;
    instance.overloaded();
    waiting->responder.send(web::problemResponse(503, "this backend is busy"));
}

}  // namespace postbell::backend
