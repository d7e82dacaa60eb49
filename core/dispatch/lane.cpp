// SPDX-License-Identifier: Apache-2.0
// The queue of a lane: what is due, and sending it. What follows from answers is in
// lane_outcomes.cpp.
#include "dispatch/lane.h"

#include <algorithm>
#include <stdexcept>

namespace postbell::dispatch {
namespace {

constexpr std::int64_t kFirstRetryMs = 1'000;
constexpr std::int64_t kStoreRetryMs = 1'000;
constexpr std::chrono::seconds kTestPatience{10};
/// Pushes that one lane sends before the next lane has its turn.
constexpr unsigned kTurn = 64;

std::int64_t steadyUs() {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

bool serves(const store::Credential& credential, const provider::Provider& provider,
            store::Environment environment) {
    if (credential.provider != provider.instance()) return false;
    switch (environment) {
        case store::Environment::None:
            return true;
        case store::Environment::Production:
            return credential.production;
        case store::Environment::Sandbox:
            return credential.sandbox;
    }
    return false;
}

}  // namespace

Lane::Lane(LaneContext context, store::Id app, store::Environment environment)
    : context_(std::move(context)),
      app_id_(app),
      environment_(environment),
      device_backoff_(kFirstRetryMs, context_.settings.retry_max_ms,
                      static_cast<std::uint64_t>(app)) {
    reloadCredential();
}

Lane::~Lane() = default;

// --- the credential

void Lane::reloadCredential() {
    try {
        loadCredential();
        reload_failed_ = false;
    } catch (const store::StoreError& e) {
        context_.log.warning("the store cannot be read: pushes wait", {{"reason", e.what()}});
        reload_failed_ = true;
        wakeAt(context_.loop.clock().steadyMs() + kStoreRetryMs);
    }
}

void Lane::loadCredential() {
    const auto app = context_.store.findApp(app_id_);
    stored_ = false;
    if (!app) {
        retireSession();
        forgetDevices();
        return;
    }
    app_ = *app;
    provider_ = context_.providers.forPlatform(app_.platform);
    store::Id chosen = 0;
    std::int64_t uploaded_at = -1;
    if (provider_ != nullptr)
        for (const store::Credential& c : context_.store.listCredentials(app_id_))
            if (serves(c, *provider_, environment_) && c.uploaded_at > uploaded_at) {
                chosen = c.id;
                uploaded_at = c.uploaded_at;
            }
    auto credential = chosen != 0 ? context_.store.findCredential(chosen) : std::nullopt;
    if (!credential) {
        retireSession();
        return;
    }
    stored_ = true;
    const bool renewal = session_ != nullptr;
    if (renewal && session_->credential().id == credential->id &&
        session_->credential().upload == credential->upload)
        return;
    retireSession();
    guard_ = CredentialGuard(credential->guards[static_cast<std::size_t>(environment_)]);
    // Also where it was replaced while the gateway was away: a stored probe time of an older upload
    // says nothing.
    if (renewal || credential->uploaded_at > guard_.state().paused_at) {
        if (guard_.paused()) guard_.renewed(context_.loop.clock().wallMs());
    }
    const store::Id id = credential->id;
    const std::int64_t upload = credential->upload;
    provider::CredentialSession::Hooks hooks;
    hooks.open_pool = [this](const std::string& origin, engine::AnswerSink& sink) {
        return std::make_unique<engine::Pool>(context_.loop, poolOptions(origin), sink,
                                              context_.log);
    };
    hooks.on_authorized = [this] {
        if (session_ && session_->retryAtMs() != 0)
            context_.log.warning("what a credential presents to the push network cannot be had",
                                 {{"app", app_.name},
                                  {"provider", provider_->instance()},
                                  {"reason", session_->problem()}});
        pumpSoon();
    };
    hooks.keep = [this, id, upload](const store::StoredAuthorization& authorization) {
        context_.store.saveAuthorization(id, upload, authorization);
    };
    try {
        session_ = std::make_unique<provider::CredentialSession>(
            *provider_, std::move(*credential), app_.name, std::move(hooks), context_.loop.clock());
    } catch (const std::exception& e) {
        context_.log.error(
            "a credential cannot be used: its pushes wait",
            {{"app", app_.name}, {"provider", provider_->instance()}, {"reason", e.what()}});
        return;
    }
    breaker_ = Breaker();
    hold_until_ms_ = 0;
    reauthorizing_ = false;
    releaseAll();
    pumpSoon();
}

void Lane::retireSession() {
    probing_ = false;
    if (!session_) return;
    outgoing_flights_ = flights_.size();
    outgoing_.push_back(std::move(session_));
    if (pool_) {
        pool_->drain();
        outgoing_pools_.push_back(std::move(pool_));
    }
    origin_.clear();
    if (outgoing_flights_ == 0) {
        outgoing_.clear();
        outgoing_pools_.clear();
    }
}

engine::PoolOptions Lane::poolOptions(const std::string& origin) const {
    const util::Clock& clock = context_.loop.clock();
    engine::PoolOptions options;
    options.origin = engine::Origin::parse(origin);
    options.proxy = context_.settings.proxy;
    options.ca_file = context_.settings.ca_file;
    options.connect_timeout_ms = clock.ofRealMs(options.connect_timeout_ms);
    options.request_timeout_ms = clock.ofRealMs(context_.settings.request_timeout_ms);
    options.ping_after_ms = clock.ofRealMs(options.ping_after_ms);
    options.ping_timeout_ms = clock.ofRealMs(options.ping_timeout_ms);
    return options;
}

void Lane::forgetDevices() {
    for (auto& [id, device] : devices_) device.waiting.clear();
    std::erase_if(devices_, [](const auto& entry) { return !entry.second.in_flight; });
}

engine::Pool& Lane::poolTo(const std::string& origin) {
    if (pool_) return *pool_;
    engine::PoolOptions options = poolOptions(origin);
    options.identity = session_->identity();
    options.connections = context_.settings.connections_per_credential;
    pool_ = std::make_unique<engine::Pool>(context_.loop, std::move(options), *this, context_.log);
    origin_ = origin;
    return *pool_;
}

// --- the queue

void Lane::changed(const store::Pending& row) {
    Device& device = devices_[row.device];
    device.id = row.device;
    Waiting* waiting = device.find(row.registration);
    if (waiting != nullptr) {
        // Of a push under way its answer decides whether it merges.
        if (waiting->row().events > 0) logMerged(waiting->trace(Part::Mail), row.mail_trace);
        waiting->merge(row);
    } else {
        waiting = &device.waiting.emplace_back(row);
    }
    waiting->changed_us = steadyUs();
    schedule(device);
    pumpSoon();
}

void Lane::settled(const store::Settlement& settlement) {
    const auto found = devices_.find(settlement.device);
    if (found == devices_.end()) return;
    Device& device = found->second;
    if (Waiting* waiting = device.find(settlement.registration)) {
        const Part part =
            settlement.kind == store::Settlement::Kind::CheckSent ? Part::Check : Part::Mail;
        waiting->settled(part, settlement.generation);
    }
    removeIfDone(device);
}

void Lane::removeIfDone(Device& device) {
    auto& waiting = device.waiting;
    waiting.erase(
        std::remove_if(waiting.begin(), waiting.end(), [](const Waiting& w) { return w.done(); }),
        waiting.end());
    if (waiting.empty() && !device.in_flight) devices_.erase(device.id);
}

void Lane::schedule(Device& device) {
    if (device.in_flight) return;
    const std::int64_t wall = context_.loop.clock().wallMs();
    const std::int64_t steady = context_.loop.clock().steadyMs();
    const std::int64_t quiet = context_.settings.quiet_delay_ms;
    std::int64_t wait = quiet;
    bool any = false;
    for (const Waiting& w : device.waiting) {
        if (!w.hasMail() && !w.hasCheck()) continue;
        any = true;
        wait = std::min(wait, w.dueMs(quiet, wall) - wall);
    }
    if (!any) {
        device.scheduled_ms = kUnscheduled;
        return;
    }
    // Never later than the quiet delay, whatever became of the wall clock; the past keeps its
    // order: oldest first.
    const std::int64_t due = std::max(steady + wait, device.not_before_ms);
    if (device.scheduled_ms == due) return;
    device.scheduled_ms = due;
    schedule_.emplace(due, device.id);
}

Device* Lane::nextDue(std::int64_t now_ms) {
    while (!schedule_.empty()) {
        const auto [due, id] = schedule_.top();
        const auto found = devices_.find(id);
        const bool current = found != devices_.end() && !found->second.in_flight &&
                             found->second.scheduled_ms == due;
        if (current && due > now_ms) {
            wakeAt(due);
            return nullptr;
        }
        schedule_.pop();
        if (!current) continue;
        found->second.scheduled_ms = kUnscheduled;
        return &found->second;
    }
    return nullptr;
}

void Lane::releaseAll() {
    for (auto& [id, device] : devices_) {
        if (!device.held_by_origin) continue;
        device.held_by_origin = false;
        device.not_before_ms = 0;
        schedule(device);
    }
}

void Lane::wakeAt(std::int64_t steady_ms) {
    if (timer_.armed() && timer_at_ms_ <= steady_ms) return;
    timer_at_ms_ = steady_ms;
    const std::int64_t delay =
        std::max<std::int64_t>(steady_ms - context_.loop.clock().steadyMs(), 1);
    timer_ = context_.loop.after(delay, [this] { pumpSoon(); });
}

void Lane::pumpSoon() {
    if (pump_posted_) return;
    pump_posted_ = true;
    context_.loop.atEndOfTurn([this] {
        pump_posted_ = false;
        pump();
    });
}

// --- sending

void Lane::pump() {
    if (reload_failed_) {
        reloadCredential();
        return;
    }
    const std::int64_t now = context_.loop.clock().steadyMs();
    if (!mayPump(now)) return;
    for (unsigned sent = 0; !pool_ || pool_->slots() > 0; ++sent) {
        if (sent == kTurn) {
            context_.loop.post([this] { pumpSoon(); });
            return;
        }
        Device* device = nextDue(now);
        if (device == nullptr) return;
        send(*device, false, false);
    }
}

bool Lane::mayPump(std::int64_t now_ms) {
    // Without anything to send not even an authorization is wanted.
    if (draining_ || !session_ || probing_ || devices_.empty()) return false;
    const bool guarded = guard_.paused();
    if (guarded) {
        const std::int64_t wait = guard_.probeAt() - context_.loop.clock().wallMs();
        if (wait > 0) {
            wakeAt(now_ms + wait);
            return false;
        }
    } else if (hold_until_ms_ > now_ms) {
        wakeAt(hold_until_ms_);
        return false;
    }
    if (breaker_.open() && breaker_.nextProbeMs() > now_ms) {
        wakeAt(breaker_.nextProbeMs());
        return false;
    }
    switch (session_->authorize()) {
        case provider::CredentialSession::Authorized::Yes:
            break;
        case provider::CredentialSession::Authorized::Pending:
            if (session_->retryAtMs() != 0)
                wakeAt(now_ms + std::max<std::int64_t>(
                                    session_->retryAtMs() - context_.loop.clock().wallMs(), 100));
            return false;
        case provider::CredentialSession::Authorized::Refused: {
            Flight nobody;
            nobody.guard_probe = guarded;
            credentialRefused(nobody, session_->problem(), "");
            pumpSoon();
            return false;
        }
    }
    if (!guarded && !breaker_.open()) return true;
    pumpProbe(now_ms);
    return false;
}

void Lane::pumpProbe(std::int64_t now_ms) {
    if (pool_ && pool_->slots() == 0) return;  // ready() will come
    Device* device = nullptr;
    const bool guarded = guard_.paused();
    if (guarded) {
        for (auto& [id, candidate] : devices_)
            if (!candidate.in_flight && !candidate.waiting.empty() &&
                (device == nullptr || candidate.probed_ms < device->probed_ms))
                device = &candidate;
        if (device != nullptr) device->scheduled_ms = kUnscheduled;
    } else {
        device = nextDue(now_ms);
    }
    if (device == nullptr) return;
    device->probed_ms = now_ms + 1;
    send(*device, true, guarded);
}

void Lane::drop(Device& device, Waiting& waiting, PushMetrics::Drop why) {
    noteDropped(waiting, why);
    const std::int64_t now = context_.loop.clock().wallMs();
    const std::int64_t generation = waiting.row().generation;
    for (const Part part : {Part::Mail, Part::Check}) {
        if (part == Part::Mail ? !waiting.hasMail() : !waiting.hasCheck()) continue;
        waiting.settle(part, generation, now);
        context_.settle({part == Part::Mail ? store::Settlement::Kind::Dropped
                                            : store::Settlement::Kind::CheckSent,
                         waiting.row().registration, device.id, app_id_, environment_, generation,
                         store::kUnknownCount, false, now, 0});
    }
}

void Lane::send(Device& device, bool probe, bool guard_probe) {
    const std::int64_t now = context_.loop.clock().wallMs();
    const std::int64_t quiet = context_.settings.quiet_delay_ms;
    Waiting* waiting = nullptr;
    for (Waiting& w : device.waiting)
        if ((w.hasMail() || w.hasCheck()) &&
            (waiting == nullptr || w.dueMs(quiet, now) < waiting->dueMs(quiet, now)))
            waiting = &w;
    if (waiting == nullptr) return;

    const Part part = waiting->nextPart();
    const store::Pending row =
        part == Part::Mail ? withCount(waiting->row(), waiting->counted) : waiting->row();
    Flight flight;
    try {
        auto target = context_.store.pushTarget(waiting->row().registration);
        if (!target) {  // deleted: its rows went with it
            noteDropped(*waiting, PushMetrics::Drop::RegistrationGone);
            device.waiting.erase(device.waiting.begin() + (waiting - device.waiting.data()));
            schedule(device);
            removeIfDone(device);
            return;
        }
        if (!target->registration.app_enabled || target->registration.device_dead_at != 0) {
            drop(device, *waiting,
                 target->registration.app_enabled ? PushMetrics::Drop::DeviceGone
                                                  : PushMetrics::Drop::AppOff);
            schedule(device);
            return;
        }
        if (part == Part::Mail && !probe && mustCount(*waiting, *target)) {
            readCount(device, *waiting, target->registration.managed);
            return;
        }
        fill(flight.content, row, part, now);
        if (part == Part::Mail)
            flight.content.badge = target->registration.accounts < 2
                                       ? flight.content.count
                                       : badge(badgeShares(device), target->registration.id,
                                               flight.content.count, context_.life_clock_of);
        flight.content.target = std::move(*target);
    } catch (const store::StoreError& e) {
        context_.log.warning("the store cannot be read: pushes wait", {{"reason", e.what()}});
        device.not_before_ms = context_.loop.clock().steadyMs() + kStoreRetryMs;
        schedule(device);
        return;
    }
    if (waiting->push_id.empty()) waiting->push_id = newPushId();
    flight.content.id = waiting->push_id;
    flight.content.attempt = ++waiting->attempts;
    flight.device = device.id;
    flight.generation = row.generation;
    waiting->counted = {};
    flight.probe = probe;
    flight.guard_probe = guard_probe;
    // The gateway's own doing, and what was pending before the start, is followed from here on.
    if (waiting->trace(part) == 0) waiting->setTrace(part, context_.traces.next());
    flight.trace = waiting->trace(part);
    const bool first = waiting->attempts == 1;
    const bool new_mail = flight.content.new_mail;
    if (submit(std::move(flight))) {
        device.in_flight = true;
        probing_ = probing_ || probe;
        countSent(*waiting, part, first, new_mail);
        return;
    }
    drop(device, *waiting, PushMetrics::Drop::NotEncoded);
    schedule(device);
}

void Lane::noteDropped(Waiting& waiting, PushMetrics::Drop why) {
    if (debugs()) {
        constexpr const char* kWhy[] = {"the registration is gone", "the device is gone",
                                        "the app is turned off",
                                        "the provider could not encode it"};
        context_.log.debug("a pending push is dropped",
                           {{"trace", util::traceText(waiting.trace(waiting.nextPart()))},
                            {"app", app_.name},
                            {"reason", kWhy[static_cast<std::size_t>(why)]}});
    }
    const std::uint32_t events = waiting.takeUnsent().events;
    context_.metrics.coalesced(events > 0 ? events - 1 : 0);
    context_.metrics.dropped(why);
}

void Lane::countSent(Waiting& waiting, Part part, bool first, bool new_mail) {
    const util::Trace sent_before = std::exchange(waiting.sent_trace, waiting.trace(part));
    if (!first) {
        context_.metrics.retried(provider_->instance());
        logMerged(sent_before, waiting.sent_trace);
    }
    if (part != Part::Mail) return;
    const auto [events, durable_us] = waiting.takeUnsent();
    if (first && durable_us != 0)
        context_.metrics.sentAfter(new_mail, static_cast<double>(steadyUs() - durable_us) / 1e6);
    context_.metrics.coalesced(first && events > 0 ? events - 1 : events);
}

bool Lane::submit(Flight flight) {
    postbell_http_request request{};
    const postbell_push push = flight.content.view();
    const auto view = [](postbell_str s) {
        return s.ptr ? std::string_view(s.ptr, s.len) : std::string_view();
    };
    if (!session_->request(push, request) || view(request.method).empty() ||
        !view(request.path).starts_with('/')) {
        context_.log.error(
            "a provider could not encode a push",
            {{"trace", util::traceText(flight.trace)}, {"provider", provider_->instance()}});
        return false;
    }
    const std::string_view origin = view(request.origin);
    if (origin_ != origin && (!origin_.empty() || !provider_->allows(origin))) {
        context_.log.error("a provider named an origin that it may not use",
                           {{"trace", util::traceText(flight.trace)},
                            {"provider", provider_->instance()},
                            {"origin", origin}});
        return false;
    }
    headers_.clear();
    for (std::size_t i = 0; request.headers && i < request.header_count; ++i) {
        const postbell_header& h = request.headers[i];
        headers_.push_back({view(h.name), view(h.value), (h.flags & POSTBELL_HEADER_SECRET) != 0,
                            (h.flags & POSTBELL_HEADER_VARIES) != 0});
    }
    const store::StoredAuthorization& authorization = session_->authorization();
    if (!authorization.name.empty())
        headers_.push_back({authorization.name, authorization.value, true, false});
    flight.upload = session_->credential().upload;
    flight.authorized = authorizations_;
    flight.sent_us = steadyUs();
    logSent(flight);
    engine::Pool& pool = poolTo(std::string(origin));
    const std::uint64_t tag = flights_.add(std::move(flight));
    pool.submit({view(request.method), view(request.path), headers_,
                 view({reinterpret_cast<const char*>(request.body.ptr), request.body.len})},
                tag);
    return true;
}

void Lane::test(store::PushTarget target, std::int32_t badge_value,
                std::function<void(TestOutcome)> done) {
    Flight flight;
    flight.content.id = newPushId();
    flight.trace = context_.traces.next();
    flight.content.target = std::move(target);
    flight.content.new_mail = true;
    flight.content.count = flight.content.badge = badge_value;
    flight.content.expires_ms = context_.loop.clock().wallMs() + kDayMs;
    flight.test = std::move(done);
    tests_.push_back({std::move(flight), std::chrono::steady_clock::now() + kTestPatience});
    pumpTests();
}

void Lane::pumpTests() {
    std::vector<WaitingTest> waiting = std::move(tests_);
    tests_.clear();
    for (WaitingTest& test : waiting) {
        TestOutcome not_sent{"not_sent", 0, "", "", 0, test.flight.trace};
        const auto done = test.flight.test;
        if (!session_) {
            not_sent.reason = provider_ == nullptr
                                  ? "no enabled provider serves platform " + app_.platform
                                  : "the app has no usable credential for this device";
            done(not_sent);
            continue;
        }
        const auto authorized = session_->authorize();
        if (authorized == provider::CredentialSession::Authorized::Yes &&
            (!pool_ || pool_->slots() > 0)) {
            if (submit(std::move(test.flight))) continue;
            not_sent.reason = "the provider could not encode the push";
            done(not_sent);
        } else if (authorized == provider::CredentialSession::Authorized::Refused ||
                   std::chrono::steady_clock::now() > test.until) {
            not_sent.reason = !session_->problem().empty() ? session_->problem()
                              : !last_failure_.empty()     ? last_failure_
                                                           : "no connection to the push network";
            done(not_sent);
        } else {
            tests_.push_back(std::move(test));
        }
    }
    if (!tests_.empty()) test_timer_ = context_.loop.after(100, [this] { pumpTests(); });
}

void Lane::drain() {
    draining_ = true;
    if (pool_) pool_->drain();
}

LaneStatus Lane::status() const {
    LaneStatus status;
    status.stored = stored_;
    status.app = app_.name;
    status.tenant = app_.tenant_name;
    status.provider = provider_ != nullptr ? provider_->instance() : std::string();
    status.environment = environment_;
    status.paused_reason = guard_.state().paused_reason;
    status.has_credential = session_ != nullptr;
    status.origin_failing = breaker_.open();
    if (pool_) status.connections = pool_->stats();
    return status;
}

bool Lane::countWaiting(std::size_t& position, std::size_t most, LaneStatus& status) const {
    const std::size_t end = std::min(devices_.bucket_count(), position + most);
    for (; position < end; ++position)
        for (auto at = devices_.begin(position); at != devices_.end(position); ++at)
            for (const Waiting& w : at->second.waiting) {
                if (!w.hasMail() && !w.hasCheck()) continue;
                ++status.waiting;
                if (w.hasMail() &&
                    (status.oldest_since_ms == 0 || w.row().since < status.oldest_since_ms))
                    status.oldest_since_ms = w.row().since;
            }
    return position < devices_.bucket_count();
}

}  // namespace postbell::dispatch
