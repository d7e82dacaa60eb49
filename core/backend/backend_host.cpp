// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_host.h"

#include <algorithm>

#include "backend/notification.h"
#include "backend/staged_reply.h"
#include "util/crypto.h"
#include "web/problem.h"

namespace postbell::backend {
namespace {

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

/// A callback's token works on every instance that it is sent to. Only the one that notifies by it
/// may speak by it, or another would be a way round that one's proof.
bool speaksFor(std::string_view instance, const store::RegistrationCallback& callback) {
    const store::Subscription& reported = callback.recipient.subscription;
    return reported.id_hash.empty() || reported.instance == instance;
}
bool speaksFor(std::string_view instance, const store::MailboxCallback& callback) {
    // Those that it serves are of the mailbox's instance; where there are none, nothing can be
    // said.
    return callback.served.empty() || callback.served.front().subscription.instance == instance;
}
bool speaksFor(std::string_view instance, const store::ServerCallback& callback) {
    return callback.callback.instance == instance;
}

/// The route for a callback; null: there is none for its kind, or it is not this instance's.
const RouteTable::Route* routeFor(const RouteTable::Match& routes, std::string_view instance,
                                  const store::Callback& callback) {
    const bool whole_server = std::holds_alternative<store::ServerCallback>(callback.of);
    const auto& route = whole_server ? routes.tenant : routes.registration;
    const bool speaks =
        std::visit([&](const auto& of) { return speaksFor(instance, of); }, callback.of);
    return route && speaks ? &*route : nullptr;
}

/// Null: the callback is unknown, or of several registrations.
const store::Recipient* recipientOf(const store::Callback* callback) {
    const auto* of =
        callback == nullptr ? nullptr : std::get_if<store::RegistrationCallback>(&callback->of);
    return of == nullptr ? nullptr : &of->recipient;
}

std::string_view secretOf(const store::Callback* callback) {
    const auto* of =
        callback == nullptr ? nullptr : std::get_if<store::ServerCallback>(&callback->of);
    return of == nullptr ? std::string_view() : std::string_view(of->secret);
}

/// Of a message that was answered well.
Result resultOf(const Staged& staged, bool known) {
    if (staged.accepted > 0) return Result::Ok;
    if (staged.denied > 0) return Result::Denied;
    // A backend may answer an unknown callback without an event: nobody is behind it.
    return staged.nobody > 0 || !known ? Result::Ended : Result::Ok;
}

net::Response answerOf(postbell_status status, std::optional<net::Response> own) {
    if (status == POSTBELL_EINVAL) return web::problemResponse(400, "the message cannot be read");
    if (status < 0) return web::problemResponse(503, "the backend failed");
    if (own) return std::move(*own);
    net::Response nothing;
    nothing.status = 204;
    return nothing;
}

}  // namespace

/// What is known of a request before the store is asked.
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
    auto instance =
        std::make_unique<BackendInstance>(std::move(plugin), pool_threads, metrics_, parts_.log);
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

std::vector<std::pair<std::string, util::WallTime>> BackendHost::silentSince() const {
    std::vector<std::pair<std::string, util::WallTime>> all;
    for (const auto& [name, instance] : instances_)
        all.emplace_back(name, std::max(instance->metrics().lastHeard(), up_since_));
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

registry::LifeClock BackendHost::lifeClock(std::string_view instance) const {
    registry::LifeClock clock{parts_.clock.wall(), up_since_, {}};
    if (const auto found = instances_.find(instance); found != instances_.end())
        clock.resubscribe_after = 2 * found->second->description().heartbeat;
    return clock;
}

util::WallTime BackendHost::lastCall(store::Id registration) const {
    const auto found = parts_.registrations.findRegistration(registration);
    return found ? found->seen.device_at : util::WallTime();
}

void BackendHost::handle(net::Request&& request, net::Responder&& responder) {
    const util::RealTime received = util::realNow();
    const auto path = parsePath(request.path);
    const auto found = path ? instances_.find(path->instance) : instances_.end();
    if (found == instances_.end()) {
        responder.send(web::problemResponse(404, "there is no such callback"));
        return;
    }
    BackendInstance& instance = *found->second;
    const auto routes = instance.routes().find(request.method, path->suffix, request.body.size());
    if (const auto* refusal = std::get_if<RouteTable::Refusal>(&routes)) {
        net::Response answer = web::problemResponse(refusal->status, refusal->title);
        if (!refusal->allowed.empty()) answer.headers.emplace_back("allow", refusal->allowed);
        instance.metrics().count(Result::Refused);
        responder.send(std::move(answer));
        return;
    }
    const Message message{std::get<RouteTable::Match>(routes), util::sha256(path->token),
                          traces_.next(), received};
    util::WorkerPool* const pool = instance.pool();
    if (pool == nullptr) {
        work(instance, message, request, std::move(responder));
        return;
    }
    auto waiting = std::make_shared<std::pair<net::Request, net::Responder>>(std::move(request),
                                                                             std::move(responder));
    std::function<void()> job = [this, &instance, message, waiting] {
        work(instance, message, waiting->first, std::move(waiting->second));
    };
    if (pool->tryPost(job)) return;
    instance.overloaded();
    waiting->second.send(web::problemResponse(503, "this backend is busy"));
}

/// Whatever goes wrong with one message is the end of that message, never of the thread.
void BackendHost::work(BackendInstance& instance, const Message& message,
                       const net::Request& request, net::Responder responder) {
    std::string_view title;
    try {
        return read(instance, message, request, responder);
    } catch (const store::StoreError& e) {
        title = "the gateway cannot read its store now";
        instance.storeFailed(e.what(), message.trace);
    } catch (const std::exception& e) {
        title = "the gateway failed";
        parts_.log.error("a notification made the gateway fail: please report this",
                         {{"trace", util::traceText(message.trace)},
                          {"backend", instance.name()},
                          {"reason", e.what()}});
    }
    instance.metrics().count(Result::Failed);
    responder.send(web::problemResponse(503, title));
}

void BackendHost::read(BackendInstance& instance, const Message& message,
                       const net::Request& request, net::Responder& responder) {
    const std::optional<store::Callback> found = parts_.events.findCallback(message.token_hash);
    const RouteTable::Route* route =
        found ? routeFor(message.routes, instance.name(), *found) : nullptr;
    // An unknown token still reaches the plugin: only it knows how its protocol says no.
    const store::Callback* const callback = route != nullptr ? &*found : nullptr;
    if (route == nullptr)
        route =
            message.routes.registration ? &*message.routes.registration : &*message.routes.tenant;
    const store::Recipient* const recipient = recipientOf(callback);
    StagedReply reply(
        callback,
        {instance.name(), route->needs_proof, lifeClock(instance.name()),
         [&] { return recipient ? lastCall(recipient->id) : util::WallTime(); }, parts_.events});

    std::vector<postbell_header> headers;
    headers.reserve(request.headers.size());
    for (const auto& [name, value] : request.headers)
        headers.push_back({text(name), text(value), 0});
    postbell_request raw{};
    raw.size = sizeof raw;
    raw.route = route->index;
    raw.method = text(request.method);
    raw.query = text(request.query);
    raw.peer = text(request.peer);
    raw.known = callback ? 1 : 0;
    if (const std::string_view secret = secretOf(callback); !secret.empty())
        raw.callback_secret = text(secret);
    raw.headers = headers.data();
    raw.header_count = headers.size();
    raw.body = {reinterpret_cast<const std::uint8_t*>(request.body.data()), request.body.size()};
    const plugin::TraceScope trace(message.trace);
    const postbell_status status = instance.handle(raw, reply.raw());
    Staged staged = reply.take();
    instance.complain(status, staged.problem, message.trace);
    if (staged.left_out) instance.reachedTooMany(message.trace);

    net::Response response = answerOf(status, std::move(staged.response));
    if (parts_.log.enabled(log::Level::Debug))
        parts_.log.debug(callback ? "a notification was read" : "a notification came for nobody",
                         {{"trace", util::traceText(message.trace)},
                          {"backend", instance.name()},
                          {"registration", recipient ? recipient->public_id : std::string()},
                          {"status", response.status},
                          {"events", staged.events.size()},
                          {"not_served", staged.nobody + staged.denied}});
    if (response.status >= 400) {
        instance.metrics().count(response.status < 500 ? Result::Refused : Result::Failed);
        responder.send(std::move(response));
        return;
    }
    const util::WallTime now = parts_.clock.wall();
    const Result result = resultOf(staged, callback != nullptr);
    // Whoever guesses at callbacks or proofs does not hide that the mail servers are silent.
    if (callback && result != Result::Denied) instance.metrics().heard(now);
    Notification({instance, parts_.events, parts_.seen, parts_.log, mailbox_changed_},
                 {recipient ? recipient->id : 0, message.trace, message.received, now, result},
                 std::move(responder), std::move(response))
        .commit(std::move(staged));
}

}  // namespace postbell::backend
