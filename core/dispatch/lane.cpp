// SPDX-License-Identifier: Apache-2.0
#include "dispatch/lane.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "dispatch/trial_push.h"
#include "store/store_error.h"

namespace postbell::dispatch {
namespace {

/// Pushes that one lane sends before the next lane has its turn.
constexpr unsigned kTurn = 64;
constexpr util::Milliseconds kStoreRetry{1'000};
constexpr util::Milliseconds kFaultPause{1'000};
constexpr util::Milliseconds kMinAuthorizationWait{100};

}  // namespace

Lane::Lane(const LaneContext& context, store::Id app, store::Environment environment)
    : context_(context),
      app_id_(app),
      environment_(environment),
      queue_(context.loop.clock(), context.settings.quiet_delay),
      journal_(context.metrics, context.log),
      channels_(
          context_, environment, *this, [this] { guarded([this] { authorizationEnded(); }); },
          journal_),
      settlements_(app, environment, context.settle),
      judge_({context.loop.clock(), context.events, queue_, guard_, journal_, settlements_,
              context.note_outcome},
             context.settings.retry_max, static_cast<std::uint64_t>(app)),
      sender_(context_, judge_,
              [this] {
                  channels_.closeSupersededSoon();
                  turnSoon();
              }),
      trials_(context.loop, [this](Flight& flight) { return sendTrial(flight); }),
      work_(context.loop) {
    reloadCredential();
}

Lane::~Lane() = default;

Now Lane::now() const {
    return {context_.loop.clock().wall(), context_.loop.clock().steady()};
}

template <class Work>
void Lane::guarded(Work work) {
    try {
        work();
    } catch (const std::exception& e) {
        journal_.fault(0, e.what());
        wakeAt(now().steady + kFaultPause);
    }
}

void Lane::turnSoon() {
    if (turn_posted_) return;
    turn_posted_ = true;
    work_.atEndOfTurn([this] {
        turn_posted_ = false;
        guarded([this] { turn(); });
    });
}

void Lane::wakeAt(util::SteadyTime when) {
    if (when == kNever || (timer_.armed() && timer_at_ <= when)) return;
    timer_at_ = when;
    const auto wait = std::chrono::ceil<util::Milliseconds>(when - now().steady);
    timer_ = context_.loop.after(std::max(wait, util::Milliseconds(1)), [this] { turnSoon(); });
}

// The queue's side.

void Lane::changed(const store::Pending& row) {
    Device& device = queue_.at(row.device);
    Waiting* waiting = device.find(row.registration);
    if (waiting != nullptr) {
        // Of a push under way its answer decides whether it merges.
        if (waiting->row().events > 0) journal_.merged(waiting->trace(Part::Mail), row.mail_trace);
        waiting->merge(row);
    } else {
        waiting = &device.waiting.emplace_back(row);
    }
    waiting->changed = PushJournal::now();
    queue_.schedule(device);
    turnSoon();
}

void Lane::confirmSettled(const store::Settlement& settlement) {
    Device* device = queue_.find(settlement.device);
    if (device == nullptr) return;
    if (Waiting* waiting = device->find(settlement.registration)) {
        if (const auto* delivered = std::get_if<store::Delivered>(&settlement.outcome))
            waiting->confirmSettled(Part::Mail, delivered->generation);
        else if (const auto* dropped = std::get_if<store::Dropped>(&settlement.outcome))
            waiting->confirmSettled(Part::Mail, dropped->generation);
        else if (const auto* sent = std::get_if<store::CheckSent>(&settlement.outcome))
            waiting->confirmSettled(Part::Check, sent->generation);
    }
    queue_.removeIfDone(*device);
}

// The credential.

void Lane::reloadCredential() {
    try {
        loadCredential();
        reload_failed_ = false;
    } catch (const store::StoreError& e) {
        journal_.storeAway(e.what());
        reload_failed_ = true;
        wakeAt(now().steady + kStoreRetry);
    }
}

void Lane::loadCredential() {
    const auto app = context_.directory.findApp(app_id_);
    if (app) app_ = *app;
    network_ = app ? context_.networks.forPlatform(app_.platform) : nullptr;
    journal_.names(app_, network_ != nullptr ? network_->instance() : std::string());
    if (channels_.load(app_, network_, now(), guard_) == Channels::Loaded::Opened) {
        queue_.releaseHeld();
        turnSoon();
    }
    if (!app) queue_.forget();
}

bool Lane::authorized(bool guard_probe) {
    Session& session = channels_.current()->session();
    switch (session.authorize()) {
        case Session::Authorized::Yes:
            return true;
        case Session::Authorized::Pending:
            // The end of an exchange calls authorizationEnded(); a pause is waited for here.
            if (util::isSet(session.retryAt()))
                wakeAt(std::max(session.retryAt(), now().steady + kMinAuthorizationWait));
            return false;
        case Session::Authorized::Refused:
            judge_.authorizationRefused(*channels_.current(), guard_probe);
            saveGuard();
            turnSoon();
            return false;
    }
    return false;
}

void Lane::authorizationEnded() {
    Channel* channel = channels_.current();
    if (channel != nullptr && util::isSet(channel->session().retryAt()))
        journal_.authorizationMissing(channel->session().problem());
    turnSoon();
}

// Sending.

void Lane::turn() {
    if (reload_failed_) return reloadCredential();
    // While nothing is pending no authorization is asked for.
    Channel* const channel = channels_.current();
    if (draining_ || channel == nullptr || queue_.empty()) return;
    const Now at = now();
    const Admission guard = guard_.admit(at);
    if (guard.kind == Admission::Kind::WaitUntil) return wakeAt(guard.until);
    const bool guard_probe = guard.kind == Admission::Kind::Probe;
    unsigned most = guard_probe ? 1 : kTurn;
    // Among several origins, the gate is asked once the push is encoded and its origin known.
    if (Route* sole = channel->soleRoute()) {
        const Admission gate = sole->gate.admit(at.steady);
        if (gate.kind == Admission::Kind::WaitUntil) return wakeAt(gate.until);
        if (gate.kind == Admission::Kind::Probe) most = 1;
    }
    if (!authorized(guard_probe)) return;

    for (unsigned tries = 0; tries < most; ++tries) {
        if (channel->encoding()) return;  // its end wakes the lane
        Route* sole = channel->soleRoute();
        if (sole != nullptr && channel->slots(*sole) == 0) return;  // ready() will come
        Device* device = guard_probe ? queue_.leastProbed(at.steady) : queue_.next(at.steady);
        if (device == nullptr) return wakeAt(queue_.nextDue());
        const PushSender::Sent sent = sender_.send(*channel, *device, guard_probe, at);
        // The probe could not be sent: the network was not asked.
        if (guard_probe && sent == PushSender::Sent::Waits) guard_.probeUndecided(at);
    }
    work_.post([this] { turnSoon(); });
}

// Answers.

void Lane::ready(Channel& channel, Route& route) {
    if (!channels_.isCurrent(channel)) return;
    for (const store::Id id : std::exchange(route.without_slot, {}))
        if (Device* device = queue_.find(id)) {
            device->without_slot = false;
            queue_.schedule(*device);
        }
    turnSoon();
}

void Lane::answered(Channel& channel, Flight flight, const engine::Answer& answer) {
    const bool current = channels_.isCurrent(channel);
    if (!current && channel.inFlight() == 0) channels_.closeSupersededSoon();
    if (answer.failure == engine::Failure::None) journal_.answeredAfter(flight.sent);
    if (flight.trial != 0) return trialAnswered(channel, flight, answer);
    if (flight.gate_probe) flight.route->gate.probing(false);
    if (flight.guard_probe && current) guard_.probing(false);
    Device& device = queue_.at(flight.device);
    device.in_flight = false;
    try {
        judge_.answered(channel, current, device, flight, answer, now());
        saveGuard();
    } catch (const std::exception& e) {
        journal_.fault(flight.trace, e.what());
        judge_.wait(device);
    }
    queue_.schedule(device);
    queue_.removeIfDone(device);
    turnSoon();
}

void Lane::trialAnswered(Channel& channel, const Flight& flight, const engine::Answer& answer) {
    TrialOutcome outcome{"no_answer", answer.status, "", "", {}, flight.trace};
    try {
        outcome = trialOutcome(channel, flight, answer);
    } catch (const std::exception& e) {
        journal_.fault(flight.trace, e.what());
        outcome.reason = e.what();
    }
    journal_.answered(flight, outcome.outcome, outcome.status, "", outcome.reason);
    trials_.ended(flight.trial, outcome);
    turnSoon();
}

void Lane::saveGuard() {
    const Channel* channel = channels_.current();
    if (channel == nullptr || !guard_.takeChanged()) return;
    const Channel::Upload& upload = channel->upload();
    context_.credentials.saveGuard(upload.credential, upload.number, environment_, guard_.state());
}

void Lane::tryPush(store::PushTarget target, std::int32_t badge, TrialDone done) {
    trials_.add(trialFlight(std::move(target), badge, context_.traces.next(), now().wall),
                std::move(done));
}

TrialPushes::Attempt Lane::sendTrial(Flight& flight) {
    if (Channel* channel = channels_.current())
        return dispatch::sendTrial(*channel, guard_, journal_, flight,
                                   [this](std::uint64_t trial, const TrialOutcome& outcome) {
                                       trials_.ended(trial, outcome);
                                       channels_.closeSupersededSoon();
                                       turnSoon();
                                   });
    return {TrialPushes::Result::NotSent,
            network_ == nullptr ? "no enabled provider serves platform " + app_.platform
                                : "the app has no usable credential for this device"};
}

// A lane's status.

void Lane::drain() {
    draining_ = true;
    if (Channel* channel = channels_.current()) channel->drain();
}

LaneStatus Lane::status() const {
    LaneStatus status;
    status.stored = channels_.stored();
    status.app = app_.name;
    status.tenant = app_.tenant_name;
    status.provider = network_ != nullptr ? network_->instance() : std::string();
    status.environment = environment_;
    status.paused_reason = guard_.pausedReason();
    if (const Channel* channel = channels_.current()) {
        status.has_credential = true;
        status.origin_failing = channel->originFailing();
        status.connections = channel->stats();
    }
    return status;
}

bool Lane::countWaiting(std::size_t& position, std::size_t most, LaneStatus& status) const {
    DeviceQueue::Backlog backlog{status.waiting, status.oldest_since};
    const bool more = queue_.count(position, most, backlog);
    status.waiting = backlog.waiting;
    status.oldest_since = backlog.oldest_since;
    return more;
}

}  // namespace postbell::dispatch
