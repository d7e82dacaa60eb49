// SPDX-License-Identifier: Apache-2.0
// From the queue of a lane to its connections: whether anything may leave now, and sending it.
#include <algorithm>

#include "dispatch/lane.h"
#include "dispatch/outcome_text.h"

namespace postbell::dispatch {
namespace {

/// Pushes that one lane sends before the next lane has its turn.
constexpr unsigned kTurn = 64;

}  // namespace

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
        store::Settlement settlement{
            waiting.row().registration, device.id, app_id_, environment_, {}};
        if (part == Part::Mail)
            settlement.outcome = store::Dropped{generation, now};
        else
            settlement.outcome = store::CheckSent{generation};
        context_.settle(settlement);
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
        if (!target->registration.isServed()) {
            drop(device, *waiting,
                 target->registration.app->enabled ? PushMetrics::Drop::DeviceGone
                                                   : PushMetrics::Drop::AppOff);
            schedule(device);
            return;
        }
        if (part == Part::Mail && !probe && mustCount(*waiting, *target)) {
            readCount(device, *waiting, target->managed);
            return;
        }
        fill(flight.content, row, part, now);
        if (part == Part::Mail)
            flight.content.badge = target->registration.registrations_on_device < 2
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

}  // namespace postbell::dispatch
