// SPDX-License-Identifier: Apache-2.0
#include "dispatch/lane.h"

#include <algorithm>
#include <utility>

#include "engine/loop.h"
#include "log/log.h"
#include "store/credentials.h"
#include "store/directory.h"
#include "store/events.h"
#include "util/exception_text.h"
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
                {[this] {
                     turns_.handle([this] {
                         authorizations_.forget();
                         queue_.releaseForNewUpload();
                     });
                 },
                 [this] {
                     turns_.handle([this] {
                         if (Channel* channel = channels_.current())
                             authorizations_.ended(*channel);
                     });
                 },
                 [this] { reloadCredential(); }},
                journal_),
      settlement_writer_(app, environment, context.settle),
      consequences_({context.around.loop.clock(), context.around.events, queue_, journal_,
                     settlement_writer_},
                    context.around.settings.retry_max),
      judge_({journal_, consequences_, context.around.note_outcome}),
      composer_(context.around.events, context.traces, context.around.life_clock_of,
                bool(context.around.read_count)),
      sender_({queue_, composer_, journal_, consequences_, turns_, context.around.note_outcome},
              context.around.loop.clock(), context.around.read_count),
      trials_({context.around.loop, journal_, judge_, context.traces},
              [this] { return channelForTrial(); }),
      authorizations_(context.authorization_troubles, journal_) {
    reloadCredential();
}

Lane::~Lane() = default;

Now Lane::now() const {
    return {context_.around.loop.clock().wall(), context_.around.loop.clock().steady()};
}

// The queue's side.

void Lane::changed(const store::Pending& row) {
    turns_.soon();
    Device& device = queue_.at(row.device);
    Waiting* waiting = device.find(row.registration);
    if (waiting != nullptr) {
        // Of a push under way its answer decides whether it merges.
        if (waiting->row().events > 0) journal_.merged(waiting->trace(Part::Mail), row.mail_trace);
        waiting->merge(row);
    } else {
        waiting = &device.waiting.emplace_back(row);
    }
    waiting->changed = util::realNow();
    device.token.provenHint(row.device_proven_at);
    queue_.putBack(device);
}

void Lane::confirmSettled(const store::Settlement& settlement) {
    Device* device = queue_.find(settlement.device);
    if (device == nullptr) return;
    if (Waiting* waiting = device->find(settlement.registration)) {
        if (const auto settled = store::settledPart(settlement))
            waiting->confirmSettled(settled->part, settled->generation);
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
    } catch (...) {
        // Any failure of a desk: the next turns read again, and no other lane suffers.
        journal_.storeAway(util::exceptionText());
        loaded_ = false;
    }
}

util::SteadyTime Lane::authorize(Channel& channel, ProbeOf probe_of) {
    Session& session = channel.session();
    switch (session.authorize()) {
        case Session::Authorized::Yes:
            authorizations_.usable(channel);
            return kAtOnce;
        case Session::Authorized::Pending:
            // The end of an exchange begins a turn; a pause is waited for here.
            return util::isSet(session.retryAt())
                       ? std::max(session.retryAt(), now().steady + kMinAuthorizationWait)
                       : kNever;
        case Session::Authorized::Refused:
            judge_.authorizationRefused(channel, probe_of, now());
            saveGuard(channel);
            return now().steady + kMinAuthorizationWait;  // the guard has closed
    }
    return kNever;
}

// Sending.

util::SteadyTime Lane::turn() {
    const Now at = now();
    if (!loaded_) loadCredential();
    if (!loaded_) return at.steady + storeRetry(context_.around.loop.clock());
    Channel* const channel = channels_.current();
    if (draining_ || channel == nullptr) return kNever;
    // No authorization is asked for.
    if (queue_.empty()) return rest(*channel, at.steady);
    if (channel->encoding()) return kNever;  // encodingEnded() will come
    const Admission guard = channel->guard().admit(at);
    if (guard.kind == Admission::Kind::WaitUntil) return guard.until;
    const ProbeOf probe_of{.guard = guard.kind == Admission::Kind::Probe};
    unsigned most = probe_of.guard ? 1 : kTurn;
    // Among several origins, the gate is asked once the push is encoded and its origin known.
    if (Destination* sole = channel->soleDestination()) {
        const Admission gate = sole->gate.admit(at.steady);
        if (gate.kind == Admission::Kind::WaitUntil) return gate.until;
        if (gate.kind == Admission::Kind::Probe) most = 1;
    }
    const util::SteadyTime authorized_at = authorize(*channel, probe_of);
    if (authorized_at != kAtOnce) return authorized_at;
    return send(*channel, probe_of, most, at);
}

util::SteadyTime Lane::send(Channel& channel, ProbeOf probe_of, unsigned most, const Now& at) {
    for (unsigned tries = 0; tries < most; ++tries) {
        if (channel.encoding()) return kNever;  // encodingEnded() will come
        Destination* sole = channel.soleDestination();
        if (sole != nullptr && channel.slots(*sole) == 0) return kNever;  // ready() will come
        Device* device = probe_of.guard ? queue_.nextProbe(at.steady) : queue_.next(at.steady);
        if (device == nullptr) return queue_.empty() ? kAtOnce : queue_.nextDue();
        const DeviceInHand in_hand(queue_, *device);
        const PushSender::Sent sent = sender_.send(channel, *device, probe_of, at);
        tried(channel, probe_of, sent);
    }
    return kAtOnce;
}

util::SteadyTime Lane::rest(Channel& channel, util::SteadyTime now) {
    CredentialGuard& guard = channel.guard();
    if (guard.slowed(now)) return guard.slowedUntil();
    guard.nothingWaits();
    saveGuard(channel);
    return kNever;
}

void Lane::tried(Channel& channel, ProbeOf probe_of, PushSender::Sent sent) {
    if (sent != PushSender::Sent::Waits || !probe_of.guard) return;
    judge_.notSent(channel, probe_of, now());
    saveGuard(channel);
}

// Events of a channel.

void Lane::ready(Channel& channel, Destination& destination) {
    if (channel.superseded()) return;
    turns_.handle([&] { queue_.slotsFree(std::exchange(destination.without_slot, {})); });
}

void Lane::encodingEnded(Channel& channel, Flight flight, provider::Encoded& request) {
    turns_.handle([&] {
        if (flight.isTrial()) return trials_.encodingEnded(channel, flight, request);
        const ProbeOf probe_of = flight.probe_of;
        tried(channel, probe_of, sender_.encodingEnded(channel, std::move(flight), request));
    });
    if (channel.superseded()) channels_.closeSupersededSoon();
}

void Lane::answered(Channel& channel, Flight flight, const engine::Answer& answer) {
    turns_.handle([&] {
        if (answer.failure == engine::Failure::None) journal_.answeredAfter(flight.sent);
        if (flight.isTrial())
            trials_.answered(channel, std::move(flight), answer);
        else
            pushAnswered(channel, flight, answer);
        if (!channel.superseded()) saveGuard(channel);
    });
    if (channel.superseded()) channels_.closeSupersededSoon();
}

void Lane::pushAnswered(Channel& channel, const Flight& flight, const engine::Answer& answer) {
    Device& device = queue_.at(flight.device);
    {
        const DeviceInHand in_hand(queue_, device);
        judge_.answered(channel, device, flight, answer, now());
    }
    if (journal_.deaths() > 0 && !deaths_timer_.armed())
        deaths_timer_ = context_.around.loop.after(kDeathsTold, [this] { journal_.devicesDied(); });
}

void Lane::saveGuard(Channel& channel) {
    if (!channel.guard().takeChanged()) return;
    const Channel::Upload& upload = channel.upload();
    try {
        context_.around.credentials.saveGuard(upload.credential, upload.number, environment_,
                                              channel.guard().state());
    } catch (...) {
        // The guard in memory is the one in use.
        journal_.storeAway(util::exceptionText());
    }
}

TrialSender::ChannelOrNot Lane::channelForTrial() {
    using Attempt = TrialPushes::Attempt;
    using Result = TrialPushes::Result;
    if (!loaded_ || channels_.opening())
        return Attempt{Result::NotYet, "the credential is being opened"};
    if (Channel* channel = channels_.current()) return channel;
    if (network_ == nullptr)
        return Attempt{Result::NotSent, "no enabled provider serves platform " + app_.platform};
    return Attempt{Result::NotSent, "the app has no usable credential for this device",
                   TrialOutcome::Lack::Credential};
}

// A lane's status.

void Lane::drain() {
    draining_ = true;
    if (Channel* channel = channels_.current()) channel->drain();
}

LaneStatus Lane::status() const {
    LaneStatus status;
    status.credential_stored = channels_.stored();
    status.app = app_.name;
    status.tenant = app_.tenant_name;
    status.provider = network_ != nullptr ? network_->instance() : std::string();
    status.environment = environment_;
    status.credential_usable = channels_.opening();
    if (const Channel* channel = channels_.current()) {
        status.credential_usable = true;
        status.paused_reason = channel->guard().pausedReason();
        status.doubtful = channel->guard().state().isDoubtful();
        status.origin_failing = channel->originFailing();
        status.authorization_failing = authorizations_.failing();
        status.connections = channel->stats();
    }
    return status;
}

void Lane::addFailures(std::vector<LaneFailure>& failures) const {
    const Channel* const channel = channels_.current();
    if (channel == nullptr) return;
    for (FailingOrigin& failing : channel->failingOrigins())
        failures.push_back({app_.name, app_.tenant_name, environment_, std::move(failing.origin),
                            std::move(failing.why)});
}

bool Lane::countWaiting(std::size_t& position, std::size_t most, LaneStatus& status) const {
    DeviceQueue::Backlog backlog{status.waiting, status.oldest_since};
    const bool more = queue_.count(position, most, backlog);
    status.waiting = backlog.waiting;
    status.oldest_since = backlog.oldest_since;
    return more;
}

}  // namespace postbell::dispatch
