// SPDX-License-Identifier: Apache-2.0
// The queue of a lane: which device is due when.
#include "dispatch/lane.h"

#include <algorithm>

namespace postbell::dispatch {
namespace {

constexpr std::int64_t kFirstRetryMs = 1'000;

}  // namespace

Lane::Lane(LaneContext context, store::Id app, store::Environment environment)
    : context_(std::move(context)),
      app_id_(app),
      environment_(environment),
      device_backoff_(kFirstRetryMs, context_.settings.retry_max_ms,
                      static_cast<std::uint64_t>(app)),
      tests_(context_.loop, [this](Flight& flight) { return trySendTest(flight); }) {
    reloadCredential();
}

Lane::~Lane() = default;

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
        if (const auto* delivered = std::get_if<store::Delivered>(&settlement.outcome))
            waiting->settled(Part::Mail, delivered->generation);
        else if (const auto* dropped = std::get_if<store::Dropped>(&settlement.outcome))
            waiting->settled(Part::Mail, dropped->generation);
        else if (const auto* sent = std::get_if<store::CheckSent>(&settlement.outcome))
            waiting->settled(Part::Check, sent->generation);
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

void Lane::forgetDevices() {
    for (auto& [id, device] : devices_) device.waiting.clear();
    std::erase_if(devices_, [](const auto& entry) { return !entry.second.in_flight; });
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

void Lane::drain() {
    draining_ = true;
    if (pool_) pool_->drain();
}

std::int64_t Lane::steadyUs() {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
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
