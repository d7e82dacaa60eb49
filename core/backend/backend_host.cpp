// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_host.h"

#include <algorithm>
#include <chrono>

#include "backend/addressee.h"
#include "backend/late_staging.h"
#include "backend/notification.h"
#include "backend/staged_reply.h"
#include "util/printable.h"
#include "web/problem.h"

namespace postbell::backend {
namespace {

constexpr std::size_t kMaxMethodBytes = 16;
/// Of a message, each registration with a line of its own.
constexpr std::size_t kMaxLoggedRecipients = 20;

/// Of a message that was answered well.
Result resultOf(const Staged& staged, bool known) {
    if (staged.accepted > 0) return Result::Ok;
    if (staged.denied > 0) return Result::Denied;
    // A backend may answer an unknown callback without an event: nobody is behind it.
    return staged.nobody > 0 || !known ? Result::Ended : Result::Ok;
}

net::Response answerOf(Reading::Result result, Staged& staged) {
    if (result == Reading::Result::Unreadable)
        return web::problemResponse(400, "the message cannot be read");
    const bool failed = result == Reading::Result::Failed;
    // Sent again, the message would be as large: 503 would bring it back for ever.
    if (failed && staged.too_many)
        return web::problemResponse(413, "the message has more events than this gateway takes");
    if (failed) return web::problemResponse(503, "the backend failed");
    if (staged.response) return std::move(*staged.response);
    net::Response nothing;
    nothing.status = 204;
    return nothing;
}

}  // namespace

/// A request before the store is asked.
struct BackendHost::Message {
    RouteTable::Match routes;
    std::string token_hash;
    util::Trace trace = 0;
    util::RealTime received;
};

BackendHost::BackendHost(const Parts& parts, prometheus::Registry& registry)
    : parts_(parts), metrics_(registry) {}

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
    for (const auto& [name, instance] : instances_) {
        const util::WallTime heard = instance->metrics().lastHeard();
        // A time that has not come is that of a clock that was ahead.
        const util::WallTime believed = heard <= now ? heard : util::WallTime();
        all.emplace_back(name, now - std::max(believed, upSince(now)));
    }
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

registry::LifeClock BackendHost::lifeClock(std::string_view instance) const {
    if (const auto found = instances_.find(instance); found != instances_.end())
        return lifeClock(*found->second);
    const util::WallTime now = parts_.clock.wall();
    return {now, upSince(now), {}};
}

util::WallTime BackendHost::upSince(util::WallTime now) const {
    if (!util::isSet(up_since_)) return {};
    return now - std::chrono::duration_cast<util::Milliseconds>(parts_.clock.steady() - up_since_);
}

registry::LifeClock BackendHost::lifeClock(const BackendInstance& instance) const {
    const util::WallTime now = parts_.clock.wall();
    const util::WallTime up_since = upSince(now);
    return {now, up_since, 2 * instance.description().heartbeat,
            lostSubscriptions(instance, up_since)};
}

/// A heartbeat is also for how long a mail server tries again what was not answered.
bool BackendHost::lostSubscriptions(const BackendInstance& instance, util::WallTime until) const {
    const util::Milliseconds heartbeat = instance.description().heartbeat;
    return heartbeat.count() > 0 && util::isSet(away_since_) && until - away_since_ > heartbeat;
}

std::vector<BackendHost::Outage> BackendHost::outages() const {
    const util::WallTime now = parts_.clock.wall();
    const util::WallTime until = util::isSet(up_since_) ? upSince(now) : now;
    std::vector<Outage> all;
    for (const auto& [name, instance] : instances_)
        if (lostSubscriptions(*instance, until)) all.push_back({name, until - away_since_, until});
    return all;
}

util::WallTime BackendHost::lastCall(store::Id registration) const {
    const auto found = parts_.registrations.findRegistration(registration);
    return found ? found->seen.device_at : util::WallTime();
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
    const Message message{std::get<RouteTable::Match>(routes), *std::move(token_hash),
                          traces_.next(), received};
    util::WorkerPool* const pool = instance.pool();
    if (pool == nullptr) {
        work(instance, message, request, std::move(responder));
        return;
    }
    struct Waiting {
        net::Request request;
        net::Responder responder;
        CallbackShares::Place place;
    };
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(request), std::move(responder),
                                                     instance.shares().take(message.token_hash)});
    std::function<void()> job = [this, &instance, message, waiting] {
        work(instance, message, waiting->request, std::move(waiting->responder));
    };
    if (waiting->place != nullptr && pool->tryPost(job)) return;
    instance.overloaded();
    waiting->responder.send(web::problemResponse(503, "this backend is busy"));
}

/// An exception is the end of its message, never of the thread.
void BackendHost::work(BackendInstance& instance, const Message& message,
                       const net::Request& request, net::Responder responder) {
    std::string_view title = "the gateway failed";
    const auto failed = [&](const char* why) {
        parts_.log.error("a notification made the gateway fail: please report this",
                         {{"trace", util::traceText(message.trace)},
                          {"backend", instance.name()},
                          {"reason", why}});
    };
    try {
        return read(instance, message, request, responder);
    } catch (const store::StoreError& e) {
        title = "the gateway cannot read its store now";
        instance.storeFailed(e.what(), message.trace);
    } catch (const std::exception& e) {
        failed(e.what());
    } catch (...) {
        failed("something that is no exception was thrown");
    }
    instance.metrics().count(Result::Failed);
    responder.send(web::problemResponse(503, title));
}

/// A line for each registration, so that its id finds the message.
void BackendHost::logRead(const std::string& instance, util::Trace trace, int status,
                          const StagedReply& reply, const Staged& staged) const {
    const auto line = [&](std::string_view registration) {
        parts_.log.debug(
            reply.known() ? "a notification was read" : "a notification came for nobody",
            {{"trace", util::traceText(trace)},
             {"backend", instance},
             {"registration", registration},
             {"status", status},
             {"events", staged.events.size()},
             {"not_served", staged.nobody + staged.denied}});
    };
    const auto recipients = reply.recipients(kMaxLoggedRecipients);
    for (const store::Recipient* recipient : recipients) line(recipient->public_id);
    if (recipients.empty()) line("");
}

void BackendHost::read(BackendInstance& instance, const Message& message,
                       const net::Request& request, net::Responder& responder) {
    const std::optional<store::Callback> found = parts_.events.findCallback(message.token_hash);
    const Addressee to = addresseeOf(found, message.routes, instance.name());
    const registry::LifeClock clock = lifeClock(instance);
    StagedReply reply(to.callback,
                      {instance.name(), to.route.needs_proof, clock,
                       [&] { return to.recipient ? lastCall(to.recipient->id) : util::WallTime(); },
                       parts_.events});
    const plugin::TraceScope trace(message.trace);
    const Reading reading = instance.handle(request, to, reply);
    Staged staged = reply.take();
    net::Response response = answerOf(reading.result, staged);
    instance.complain(reading, staged, response.status, message.trace);
    if (!staged.late.empty() && response.status < 400) {
        const auto whole = [&](store::Id id) { return parts_.registrations.findRegistration(id); };
        stageLate(staged, whole, clock.now);
        instance.metrics().otherFolders(staged.other_folders);
    }
    if (parts_.log.enabled(log::Level::Debug))
        logRead(instance.name(), message.trace, response.status, reply, staged);
    if (response.status >= 400) {
        instance.metrics().count(response.status < 500 ? Result::Refused : Result::Failed);
        responder.send(std::move(response));
        return;
    }
    const Result result = resultOf(staged, to.callback != nullptr);
    const util::WallTime now = parts_.clock.wall();
    // Guesses at callbacks or proofs do not hide that the mail servers are silent.
    if (to.callback && result != Result::Denied) instance.metrics().heard(now);
    Notification(
        {instance, parts_.events, parts_.seen, parts_.log},
        {to.recipient ? to.recipient->id : 0, message.trace, message.received, now, result},
        std::move(responder), std::move(response))
        .commit(std::move(staged));
}

}  // namespace postbell::backend
