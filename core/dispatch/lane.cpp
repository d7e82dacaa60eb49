// SPDX-License-Identifier: Apache-2.0
#include "dispatch/lane.h"

#include <algorithm>
#include <utility>

#include "dispatch/trial_push.h"
#include "engine/loop.h"
#include "log/log.h"
#include "store/credentials.h"
#include "store/directory.h"
#include "store/events.h"
#include "util/real_time.h"

namespace postbell::dispatch {
namespace {

/// Pushes that one lane sends before the next lane has its turn.
constexpr unsigned kTurn = 64;
constexpr util::Milliseconds kMinAuthorizationWait{100};
constexpr util::Milliseconds kDeathsTold = std::chrono::minutes(1);

}  // namespace

Lane::Lane(const LaneContext& context, store::Id app, store::Environment environment)
    : context_(context),
      app_id_(app),
      environment_(environment),
      queue_(context.around.loop.clock(), context.around.settings.quiet_delay),
      journal_(context.metrics, context.store_trouble, context.around.log),
      turns_(
          context.around.loop, [this] { return turn(); },
          [this](std::string_view text) { journal_.fault(0, text); }),
      channels_(context.around, environment, *this,
                {[this] { turns_.handle([this] { queue_.releaseHeld(); }); },
                 [this] { turns_.handle([this] { authorizationEnded(); }); },
                 [this] { reloadCredential(); }},
                journal_),
      settlements_(app, environment, context.settle),
      consequences_(
          {context.around.loop.clock(), context.around.events, queue_, journal_, settlements_},
          context.around.settings.retry_max),
      judge_({journal_, consequences_, context.around.note_outcome}),
      composer_(context.around.events, context.traces, context.around.life_clock_of,
                bool(context.around.read_count)),
      sender_({queue_, composer_, journal_, consequences_, turns_}, context.around.loop.clock(),
              context.around.read_count),
      trials_(context.around.loop, [this](Flight& flight) { return sendTrial(flight); }) {
    reloadCredential();
}

Lane::~Lane() = default;

Now Lane::now() const {
    return {context_.around.loop.clock().wall(), context_.around.loop.clock().steady()};
}

// The queue's side.

void Lane::changed(const store::Pending& row) {
    turns_.handle([&] {
        Device& device = queue_.at(row.device);
        Waiting* waiting = device.find(row.registration);
        if (waiting != nullptr) {
            // Of a push under way its answer decides whether it merges.
            if (waiting->row().events > 0)
                journal_.merged(waiting->trace(Part::Mail), row.mail_trace);
            waiting->merge(row);
        } else {
            waiting = &device.waiting.emplace_back(row);
        }
        waiting->changed = util::realNow();
        device.proven_at = std::max(device.proven_at, row.device_proven_at);
        queue_.putBack(device);
    });
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
    turns_.handle([this] { loadCredential(); });
}

void Lane::loadCredential() {
    try {
        const auto app = context_.around.directory.findApp(app_id_);
        if (app) app_ = *app;
        network_ = app ? context_.around.networks.forPlatform(app_.platform) : nullptr;
        journal_.names(app_, network_ != nullptr ? network_->instance() : std::string());
        channels_.load(app_, network_);
        if (!app) queue_.forget();
        loaded_ = true;
    } catch (const std::exception& e) {
        // Whatever a desk throws: the next turns read again, and no other lane suffers.
        journal_.storeAway(e.what());
        loaded_ = false;
    }
}

util::SteadyTime Lane::authorizedAt(Channel& channel, bool guard_probe) {
    Session& session = channel.session();
    switch (session.authorize()) {
        case Session::Authorized::Yes:
            return kAtOnce;
        case Session::Authorized::Pending:
            // The end of an exchange calls authorizationEnded(); a pause is waited for here.
            return util::isSet(session.retryAt())
                       ? std::max(session.retryAt(), now().steady + kMinAuthorizationWait)
                       : kNever;
        case Session::Authorized::Refused:
            judge_.authorizationRefused(channel, guard_probe, now());
            saveGuard(channel);
            return now().steady + kMinAuthorizationWait;  // the guard has closed
    }
    return kNever;
}

void Lane::authorizationEnded() {
    Channel* const channel = channels_.current();
    if (channel != nullptr && util::isSet(channel->session().retryAt()))
        journal_.authorizationMissing(channel->session().problem());
}

// Sending.

util::SteadyTime Lane::turn() {
    const Now at = now();
    if (!loaded_) loadCredential();
    if (!loaded_) return at.steady + storeRetry(context_.around.loop.clock());
    Channel* const channel = channels_.current();
    // While nothing is pending no authorization is asked for.
    if (draining_ || channel == nullptr || queue_.empty()) return kNever;
    if (channel->encoding()) return kNever;  // encoded() will come
    const Admission guard = channel->guard().admit(at);
    if (guard.kind == Admission::Kind::WaitUntil) return guard.until;
    const bool guard_probe = guard.kind == Admission::Kind::Probe;
    unsigned most = guard_probe ? 1 : kTurn;
    // Among several origins, the gate is asked once the push is encoded and its origin known.
    if (Destination* sole = channel->soleDestination()) {
        const Admission gate = sole->gate.admit(at.steady);
        if (gate.kind == Admission::Kind::WaitUntil) return gate.until;
        if (gate.kind == Admission::Kind::Probe) most = 1;
    }
    const util::SteadyTime authorized_at = authorizedAt(*channel, guard_probe);
    if (authorized_at != kAtOnce) return authorized_at;
    return send(*channel, guard_probe, most, at);
}

util::SteadyTime Lane::send(Channel& channel, bool guard_probe, unsigned most, const Now& at) {
    for (unsigned tries = 0; tries < most; ++tries) {
        if (channel.encoding()) return kNever;  // encoded() will come
        Destination* sole = channel.soleDestination();
        if (sole != nullptr && channel.slots(*sole) == 0) return kNever;  // ready() will come
        Device* device = guard_probe ? queue_.nextProbe(at.steady) : queue_.next(at.steady);
        if (device == nullptr) return queue_.nextDue();
        const PutBack put_back(queue_, *device);
        const PushSender::Sent sent = sender_.send(channel, *device, guard_probe, at);
        if (guard_probe) probed(channel, sent);
    }
    return kAtOnce;
}

void Lane::probed(Channel& channel, PushSender::Sent sent) {
    if (sent != PushSender::Sent::Waits) return;
    channel.guard().probeUndecided(now());
    saveGuard(channel);
}

// Events of a channel.

void Lane::ready(Channel& channel, Destination& destination) {
    if (!channels_.isCurrent(channel)) return;
    turns_.handle([&] { queue_.slotsFree(std::exchange(destination.without_slot, {})); });
}

void Lane::encoded(Channel& channel, Flight flight, provider::Encoded& encoded) {
    turns_.handle([&] {
        if (flight.trial != 0) return trialEncoded(channel, flight, encoded);
        const bool guard_probe = flight.guard_probe;
        const PushSender::Sent sent = sender_.encoded(channel, std::move(flight), encoded);
        if (guard_probe) probed(channel, sent);
    });
    if (!channels_.isCurrent(channel)) channels_.closeSupersededSoon();
}

void Lane::answered(Channel& channel, Flight flight, const engine::Answer& answer) {
    turns_.handle([&] {
        if (answer.failure == engine::Failure::None) journal_.answeredAfter(flight.sent);
        if (flight.trial == 0)
            pushAnswered(channel, flight, answer);
        else
            trialAnswered(channel, flight, answer);
    });
    if (!channels_.isCurrent(channel)) channels_.closeSupersededSoon();
}

void Lane::pushAnswered(Channel& channel, const Flight& flight, const engine::Answer& answer) {
    Device& device = queue_.at(flight.device);
    device.in_flight = false;
    {
        const PutBack put_back(queue_, device);
        judge_.answered(channel, channels_.isCurrent(channel), device, flight, answer, now());
    }
    if (channels_.isCurrent(channel)) saveGuard(channel);
    if (journal_.deaths() > 0 && !deaths_timer_.armed())
        deaths_timer_ = context_.around.loop.after(kDeathsTold, [this] { journal_.devicesDied(); });
}

void Lane::saveGuard(Channel& channel) {
    if (!channel.guard().takeChanged()) return;
    const Channel::Upload& upload = channel.upload();
    try {
        context_.around.credentials.saveGuard(upload.credential, upload.number, environment_,
                                              channel.guard().state());
    } catch (const std::exception& e) {
        // The guard in memory is the one in use.
        journal_.storeAway(e.what());
    }
}

// An admin's trial pushes.

void Lane::tryPush(store::PushTarget target, std::int32_t badge, TrialDone done) {
    trials_.add(trialFlight(std::move(target), badge, context_.traces.next(), now().wall),
                std::move(done));
}

TrialPushes::Attempt Lane::sendTrial(Flight& flight) {
    using Result = TrialPushes::Result;
    if (!loaded_ || channels_.opening()) return {Result::NotYet, "the credential is being opened"};
    if (Channel* channel = channels_.current())
        return dispatch::sendTrial(*channel, journal_, flight);
    return {Result::NotSent, network_ == nullptr
                                 ? "no enabled provider serves platform " + app_.platform
                                 : "the app has no usable credential for this device"};
}

void Lane::trialEncoded(Channel& channel, Flight& flight, provider::Encoded& encoded) {
    const std::uint64_t trial = flight.trial;
    const util::Trace trace = flight.trace;
    const auto attempt = dispatch::trialEncoded(channel, journal_, flight, encoded);
    if (attempt.result != TrialPushes::Result::Sent)
        trials_.ended(trial, TrialOutcome::notSent(attempt.reason, trace));
}

void Lane::trialAnswered(Channel& channel, const Flight& flight, const engine::Answer& answer) {
    TrialOutcome outcome;
    outcome.kind = TrialOutcome::Kind::NoAnswer;
    outcome.status = answer.status;
    outcome.trace = flight.trace;
    try {
        outcome =
            judge_.trialAnswered(channel, channels_.isCurrent(channel), flight, answer, now());
    } catch (const std::exception& e) {
        journal_.fault(flight.trace, e.what());
        outcome.reason = e.what();
    }
    const bool judged = outcome.kind == TrialOutcome::Kind::Answered;
    journal_.answered(flight, judged ? outcomeOf(outcome.result) : PushOutcome::NoAnswer,
                      outcome.status, "", outcome.reason);
    trials_.ended(flight.trial, outcome);
    if (channels_.isCurrent(channel)) saveGuard(channel);
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
    status.has_credential = channels_.opening();
    if (const Channel* channel = channels_.current()) {
        status.has_credential = true;
        status.paused_reason = channel->guard().pausedReason();
        status.doubtful = channel->guard().state().isDoubtful();
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
