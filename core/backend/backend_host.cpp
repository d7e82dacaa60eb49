// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_host.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>

#include "util/crypto.h"

namespace postbell::backend {
namespace {

constexpr std::size_t kQueueOfPool = 256;
/// Who promised never to block, and holds the listener's thread for so long, has broken it.
constexpr std::int64_t kPromiseBrokenUs = 1'000'000;
constexpr std::int64_t kSlowUs = 10'000'000;
constexpr std::int64_t kSayFullEveryUs = 60'000'000;

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

std::int64_t steadyUs() {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

net::Response problem(int status, std::string_view title) {
    net::Response response;
    response.status = status;
    response.headers.emplace_back("content-type", "application/problem+json");
    if (status == 503) response.headers.emplace_back("retry-after", "5");
    response.body = "{\"title\":";
    log::appendJsonString(response.body, title);
    response.body += ",\"status\":" + std::to_string(status) + "}";
    return response;
}

}  // namespace

struct BackendHost::Instance {
    std::unique_ptr<plugin::BackendPlugin> plugin;
    std::vector<plugin::Route> routes;
    CallbackDescription description;
    unsigned pool_threads = 0;
    std::mutex pool_mutex;  // guards the making of it
    std::unique_ptr<util::WorkerPool> pool;
    std::atomic<util::WorkerPool*> runs_in{nullptr};  // null: on the listener's thread
    std::atomic<std::int64_t> say_full_us{0};
    prometheus::Counter* by_result[6] = {};
    prometheus::Counter* by_kind[3] = {};
    prometheus::Gauge* last = nullptr;
    prometheus::Histogram* durable = nullptr;

    /// From now on it does not run on the listener's thread.
    void moveToPool() {
        const std::lock_guard lock(pool_mutex);
        if (pool) return;
        pool = std::make_unique<util::WorkerPool>(pool_threads, kQueueOfPool);
        runs_in = pool.get();
    }
};

namespace {
enum Result { kOk, kEnded, kDenied, kRefused, kFailed, kOverload };
constexpr const char* kResultNames[] = {"ok", "ended", "denied", "refused", "failed", "overload"};
/// In the order of store::StagedEvent::Kind.
constexpr const char* kKindNames[] = {"new_mail", "count_changed", "check_registration"};
const prometheus::Histogram::BucketBoundaries kDurableSeconds{
    0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2};

/// Of a message that was answered well: what became of its events.
Result resultOf(const StagedReply& reply) {
    if (reply.accepted > 0) return kOk;
    if (reply.denied > 0) return kDenied;
    // A backend may answer an unknown callback without an event: nobody is behind it.
    return reply.nobody > 0 || !reply.callback() ? kEnded : kOk;
}
}  // namespace

/// A request's path, taken apart, the route it is for, and what follows it.
struct BackendHost::Match {
    std::uint32_t route = 0;
    bool needs_proof = false;
    std::string token_hash;
    util::Trace trace = 0;
    std::int64_t received_us = 0;  // steady clock
};

BackendHost::BackendHost(store::Store& store, registry::SeenBuffer& seen, const util::Clock& clock,
                         prometheus::Registry& registry, log::Log& log)
    : store_(store),
      seen_(seen),
      clock_(clock),
      log_(log),
      notifications_(prometheus::BuildCounter()
                         .Name("postbell_notifications_total")
                         .Help("Notifications of mail servers by backend instance and result")
                         .Register(registry)),
      events_(prometheus::BuildCounter()
                  .Name("postbell_events_total")
                  .Help("Events made durable, by backend instance and kind")
                  .Register(registry)),
      last_(prometheus::BuildGauge()
                .Name("postbell_last_notification_timestamp_seconds")
                .Help("When a backend instance last heard of a known callback; 0: not yet")
                .Register(registry)),
      durable_(prometheus::BuildHistogram()
                   .Name("postbell_notification_durable_seconds")
                   .Help("From a notification being read to its events being durable")
                   .Register(registry)) {}

BackendHost::~BackendHost() {
    stop();
}

void BackendHost::add(std::unique_ptr<plugin::BackendPlugin> plugin, unsigned pool_threads) {
    auto instance = std::make_unique<Instance>();
    const std::string name = plugin->instance();
    const plugin::Description& description = plugin->describe();
    instance->description = {name, description.heartbeat_ms, description.callback};
    instance->routes = plugin->routes();
    instance->pool_threads = pool_threads;
    if (!plugin->descriptor().neverBlocks()) instance->moveToPool();
    for (std::size_t i = 0; i < std::size(kResultNames); ++i)
        instance->by_result[i] =
            &notifications_.Add({{"backend", name}, {"result", kResultNames[i]}});
    for (std::size_t i = 0; i < std::size(kKindNames); ++i)
        instance->by_kind[i] = &events_.Add({{"backend", name}, {"kind", kKindNames[i]}});
    instance->last = &last_.Add({{"backend", name}});
    instance->durable = &durable_.Add({{"backend", name}}, kDurableSeconds);
    instance->plugin = std::move(plugin);
    instances_.emplace(name, std::move(instance));
}

void BackendHost::stop() {
    for (auto& [name, instance] : instances_)
        if (instance->pool) instance->pool->stop();
}

std::vector<CallbackDescription> BackendHost::callbacks() const {
    std::vector<CallbackDescription> all;
    for (const auto& [name, instance] : instances_) all.push_back(instance->description);
    return all;
}

std::vector<plugin::BackendPlugin*> BackendHost::plugins() const {
    std::vector<plugin::BackendPlugin*> all;
    for (const auto& [name, instance] : instances_) all.push_back(instance->plugin.get());
    return all;
}

std::vector<std::pair<std::string, std::int64_t>> BackendHost::silentSince() const {
    std::vector<std::pair<std::string, std::int64_t>> all;
    for (const auto& [name, instance] : instances_)
        all.emplace_back(name, std::max(static_cast<std::int64_t>(instance->last->Value() * 1000),
                                        up_since_ms_));
    return all;
}

bool BackendHost::has(std::string_view instance) const {
    return instances_.find(instance) != instances_.end();
}

registry::LifeClock BackendHost::lifeClock(std::string_view instance) const {
    registry::LifeClock clock{clock_.wallMs(), up_since_ms_, 0};
    if (const auto found = instances_.find(instance); found != instances_.end())
        clock.resubscribe_after_ms = 2 * found->second->description.heartbeat_ms;
    return clock;
}

void BackendHost::handle(net::Request&& request, net::Responder&& responder) {
    const std::int64_t received_us = steadyUs();
    // "/{instance}/{token}{suffix}"
    const std::string_view path = request.path;
    const std::size_t slash = path.find('/', 1);
    const auto found = slash == std::string_view::npos ? instances_.end()
                                                       : instances_.find(path.substr(1, slash - 1));
    if (found == instances_.end()) {
        responder.send(problem(404, "there is no such callback"));
        return;
    }
    Instance& instance = *found->second;
    const std::string_view rest = path.substr(slash + 1);
    const std::size_t end = rest.find('/');
    const std::string_view token = rest.substr(0, end);
    const std::string_view suffix =
        end == std::string_view::npos ? std::string_view() : rest.substr(end);

    Match match;
    std::string allowed;
    const plugin::Route* route = nullptr;
    for (std::size_t i = 0; i < instance.routes.size() && route == nullptr; ++i) {
        const plugin::Route& candidate = instance.routes[i];
        if (candidate.suffix != suffix) continue;
        if (candidate.method == request.method) {
            route = &candidate;
            match.route = static_cast<std::uint32_t>(i);
        } else {
            allowed.append(allowed.empty() ? "" : ", ").append(candidate.method);
        }
    }
    if (route == nullptr) {
        net::Response refusal = allowed.empty() ? problem(404, "there is no such callback")
                                                : problem(405, "this method is not allowed here");
        if (!allowed.empty()) refusal.headers.emplace_back("allow", allowed);
        instance.by_result[kRefused]->Increment();
        responder.send(std::move(refusal));
        return;
    }
    if (route->max_body != 0 && request.body.size() > route->max_body) {
        instance.by_result[kRefused]->Increment();
        responder.send(problem(413, "the message is larger than this backend takes"));
        return;
    }
    match.needs_proof = route->needs_proof;
    match.token_hash = util::sha256(token);
    match.trace = traces_.next();
    match.received_us = received_us;
    util::WorkerPool* const pool = instance.runs_in;
    if (pool == nullptr) {
        work(instance, match, std::move(request), std::move(responder));
        return;
    }
    auto waiting = std::make_shared<std::pair<net::Request, net::Responder>>(std::move(request),
                                                                             std::move(responder));
    std::function<void()> job = [this, &instance, match, waiting] {
        work(instance, match, std::move(waiting->first), std::move(waiting->second));
    };
    if (pool->tryPost(job)) return;
    instance.by_result[kOverload]->Increment();
    std::int64_t say_us = instance.say_full_us;
    const std::int64_t now_us = steadyUs();
    if (now_us >= say_us &&
        instance.say_full_us.compare_exchange_strong(say_us, now_us + kSayFullEveryUs))
        log_.warning("a backend's plugin does not keep up: mail servers are asked to try again",
                     {{"backend", instance.description.instance},
                      {"threads", instance.pool_threads},
                      {"waiting", kQueueOfPool}});
    waiting->second.send(problem(503, "this backend is busy"));
}

void BackendHost::noteDuration(Instance& instance, std::int64_t took_us) {
    const std::string& name = instance.description.instance;
    if (instance.runs_in == nullptr && took_us >= kPromiseBrokenUs) {
        log_.error(
            "a backend's plugin held the mailbox listener up, though it says that it never blocks: "
            "from now on it has threads of its own",
            {{"backend", name}, {"held_ms", took_us / 1000}});
        instance.moveToPool();
    } else if (took_us >= kSlowUs) {
        log_.warning("a backend's plugin took long for one message",
                     {{"backend", name}, {"took_ms", took_us / 1000}});
    }
}

std::int64_t BackendHost::lastCall(store::Id id) const {
    auto registration = store_.findRegistration(id);
    if (!registration) return 0;
    seen_.bringUpToDate(*registration);
    return registration->seen.device_at;
}

void BackendHost::work(Instance& instance, const Match& match, net::Request request,
                       net::Responder responder) {
    std::optional<store::Callback> callback;
    try {
        callback = store_.findCallback(match.token_hash);
    } catch (const store::StoreError& e) {
        log_.warning("the store cannot be read: a mail server is asked to try again",
                     {{"trace", util::traceText(match.trace)},
                      {"backend", instance.description.instance},
                      {"reason", e.what()}});
        instance.by_result[kFailed]->Increment();
        responder.send(problem(503, "the gateway cannot read its store now"));
        return;
    }
    StagedReply reply(callback, instance.description.instance, match.needs_proof,
                      lifeClock(instance.description.instance),
                      [&] { return lastCall(callback->registration.id); });

    std::vector<postbell_header> headers;
    headers.reserve(request.headers.size());
    for (const auto& [name, value] : request.headers)
        headers.push_back({text(name), text(value), 0});
    postbell_request raw{};
    raw.size = sizeof raw;
    raw.route = match.route;
    raw.method = text(request.method);
    raw.query = text(request.query);
    raw.peer = text(request.peer);
    raw.known = callback ? 1 : 0;
    raw.headers = headers.data();
    raw.header_count = headers.size();
    raw.body = {reinterpret_cast<const std::uint8_t*>(request.body.data()), request.body.size()};
    const plugin::TraceScope trace(match.trace);
    const auto handle = [&] {
        const plugin::InPlugin blame = instance.plugin->calling("handle");
        return instance.plugin->table().handle(instance.plugin->self(), &raw, reply.raw());
    };
    const std::int64_t begun_us = steadyUs();
    const postbell_status status = handle();
    noteDuration(instance, steadyUs() - begun_us);
    answer(instance, match, reply, status, std::move(responder));
}

void BackendHost::answer(const Instance& instance, const Match& match, StagedReply& reply,
                         postbell_status status, net::Responder responder) {
    net::Response response;
    if (status == POSTBELL_EINVAL)
        response = problem(400, "the message cannot be read");
    else if (status < 0)
        response = problem(503, "the backend failed");
    else if (reply.response)
        response = std::move(*reply.response);
    else
        response.status = 204;
    if (status < 0 && status != POSTBELL_EINVAL)
        log_.error("a backend failed", {{"trace", util::traceText(match.trace)},
                                        {"backend", instance.description.instance},
                                        {"status", status},
                                        {"problem", reply.problem}});
    else if (!reply.problem.empty() &&
             problems_.admits(instance.description.instance + reply.problem, clock_.steady()))
        log_.warning("a backend reports a problem with a message",
                     {{"trace", util::traceText(match.trace)},
                      {"backend", instance.description.instance},
                      {"problem", reply.problem}});
    if (log_.enabled(log::Level::Debug))
        log_.debug(
            !reply.callback() ? "a notification came for nobody" : "a notification was read",
            {{"trace", util::traceText(match.trace)},
             {"backend", instance.description.instance},
             {"registration", reply.callback() ? reply.callback()->registration.public_id : ""},
             {"status", response.status},
             {"events", reply.events.size()},
             {"not_served", reply.nobody + reply.denied}});

    if (response.status >= 400) {
        instance.by_result[response.status < 500 ? kRefused : kFailed]->Increment();
        responder.send(std::move(response));
        return;
    }
    const std::int64_t now = clock_.wallMs();
    const Result result = resultOf(reply);
    // Whoever guesses at callbacks or proofs does not hide that the mail servers are silent.
    if (reply.callback() && result != kDenied)
        instance.last->Set(static_cast<double>(now) / 1000.0);
    const store::Id registration = reply.callback() ? reply.callback()->registration.id : 0;
    const bool pushes = !reply.events.empty();
    const bool nudges = reply.nudges;
    if (reply.events.empty() && reply.changes.empty() && !reply.note) {
        for (const store::Id id : reply.heard) seen_.heard(id, now, false);
        instance.by_result[result]->Increment();
        responder.send(std::move(response));
        return;
    }
    struct Waiting {
        net::Responder responder;
        net::Response response;
    };
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(responder), std::move(response)});
    store::Batch batch;
    batch.events = std::move(reply.events);
    batch.changes = std::move(reply.changes);
    batch.note = std::move(reply.note);
    batch.registration = registration;
    batch.received_us = match.received_us;
    batch.trace = match.trace;
    std::array<std::uint32_t, std::size(kKindNames)> kinds{};
    for (const store::StagedEvent& event : batch.events)
        ++kinds[static_cast<std::size_t>(event.kind)];
    batch.done = [this, &instance, waiting, registration, heard = std::move(reply.heard), pushes,
                  nudges, result, now, kinds, managed = reply.managed_changed, trace = batch.trace,
                  received_us = batch.received_us](bool durable) {
        const std::int64_t took_us = steadyUs() - received_us;
        if (log_.enabled(log::Level::Debug))
            log_.debug(durable ? "a notification is durable"
                               : "a notification could not be stored: it is asked for again",
                       {{"trace", util::traceText(trace)}, {"after_us", took_us}});
        if (!durable) {
            instance.by_result[kFailed]->Increment();
            waiting->responder.send(
                problem(503, "the gateway could not store the event: send it again"));
            return;
        }
        instance.durable->Observe(static_cast<double>(took_us) / 1e6);
        for (std::size_t i = 0; i < kinds.size(); ++i)
            if (kinds[i] != 0) instance.by_kind[i]->Increment(kinds[i]);
        for (const store::Id id : heard) seen_.heard(id, now, pushes);
        if (nudges) seen_.nudged(registration, now);
        if (managed && managed_changed_) managed_changed_();
        instance.by_result[result]->Increment();
        waiting->responder.send(std::move(waiting->response));
    };
    store_.stage(std::move(batch));
}

}  // namespace postbell::backend
