// SPDX-License-Identifier: Apache-2.0
#include "dispatch/verdict/consequences.h"

#include "store/records/store_error.h"
#include "util/clock_tolerance.h"

namespace postbell::dispatch {
namespace {

constexpr util::Milliseconds kFirstPause{1'000};
constexpr util::Milliseconds kRetireAgain = std::chrono::minutes(1);
/// How far behind the stored time of a device's last delivery may be.
constexpr util::Milliseconds kProvenAgain = kDay;

/// Such a pause is no failure in a row: the back-off begins behind it.
bool wasAsked(const Pause& pause) {
    return pause.asked > pause.asked.zero();
}

}  // namespace

Consequences::Consequences(const Parts& parts, util::Milliseconds retry_max)
    : parts_(parts), backoff_(kFirstPause, retry_max) {}

void Consequences::carryOut(const Verdict& verdict, Channel& channel, Device& device,
                            const Flight& flight, const provider::Outcome& outcome,
                            const Now& now) {
    onOrigin(verdict, flight, outcome, now.steady);
    onPush(verdict, device, flight, now.wall);
    onDevice(verdict, device, flight, now);
    onCredential(verdict, channel, device.id, outcome, now);
}

void Consequences::onPush(const Verdict& verdict, Device& device, const Flight& flight,
                          util::WallTime now) {
    if (verdict.push == Verdict::Push::Keep) return;
    const bool delivered = verdict.push == Verdict::Push::Delivered;
    const PushContent& content = flight.content;
    // First: a row that is settled here and not in the store would ring again after a restart.
    if (delivered)
        parts_.settlements.delivered(flight, now);
    else
        parts_.settlements.dropped(flight, now);
    if (Waiting* waiting = device.find(content.target.registration.id)) {
        waiting->settle(content.part, flight.generation, now);
        if (delivered && content.part == Part::Mail) waiting->delivered(content.count);
        waiting->push_id.clear();
        waiting->attempts = 0;
        waiting->set_aside_until = kAtOnce;
        waiting->provider_failures = 0;
    }
}

void Consequences::onDevice(const Verdict& verdict, Device& device, const Flight& flight,
                            const Now& now) {
    if (verdict.first_410) parts_.settlements.first410(flight, now.wall);
    if (verdict.first_foreign) parts_.settlements.firstForeign(flight, now.wall);
    if (verdict.called_foreign) device.token.calledForeign(now.steady);
    switch (verdict.device) {
        case Verdict::Device::AsBefore:
            break;
        case Verdict::Device::Well:
            device.well();
            if (verdict.proves_token) prove(device, flight, now.wall);
            break;
        case Verdict::Device::Wait:
            wait(device, verdict.device_pause,
                 verdict.origins_doing ? &flight.destination->waiters : nullptr);
            break;
        case Verdict::Device::Dead:
            retire(device, flight, now.wall);
            break;
    }
}

void Consequences::retire(Device& device, const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    // Dead is the token that was pushed to: one that was registered meanwhile is another.
    try {
        const auto stored = parts_.events.pushTarget(target.registration.id);
        if (stored && stored->token_at != target.token_at) return;
    } catch (const store::StoreError& e) {
        parts_.journal.storeAway(e.what());
        wait(device, {kRetireAgain, {}});
        return;
    }
    parts_.journal.deviceDead(flight);
    parts_.settlements.deviceDead(flight, now);
    for (Waiting& waiting : device.waiting)
        if (waiting.row().events > 0)
            parts_.journal.dropped(waiting, PushMetrics::Drop::DeviceGone);
    device.waiting.clear();
}

void Consequences::onOrigin(const Verdict& verdict, const Flight& flight,
                            const provider::Outcome& outcome, util::SteadyTime now) {
    const std::string& why = outcome.reason;
    Gate& gate = flight.destination->gate;
    bool closed = false;
    switch (verdict.origin) {
        case Verdict::Origin::AsBefore:
            return;
        case Verdict::Origin::Works:
            if (gate.succeeded()) {
                parts_.queue.release(flight.destination->waiters);
                parts_.journal.originWorks(flight.destination->networksOwn());
            } else {
                // The gate was open all the time: those who failed there wait by themselves.
                flight.destination->waiters.ids.clear();
            }
            return;
        case Verdict::Origin::Fails:
            closed = gate.failed(now, Gate::Failure::Likely, flight.probe_of, why);
            break;
        case Verdict::Origin::Unreachable:
            closed = gate.failed(now, Gate::Failure::Sure, flight.probe_of, why);
            break;
        case Verdict::Origin::Shut:
            closed = gate.shutUntil(now + verdict.origin_pause, why);
            break;
    }
    if (closed) parts_.journal.originFails(why, outcome.advice, flight.destination->networksOwn());
}

void Consequences::onCredential(const Verdict& verdict, Channel& channel, store::Id device,
                                const provider::Outcome& outcome, const Now& now) {
    CredentialGuard& guard = channel.guard();
    if (outcome.result != provider::Outcome::Result::Retry) slow_downs_ = 0;
    switch (verdict.credential) {
        case Verdict::Credential::AsBefore:
            break;
        case Verdict::Credential::Good:
            if (!guard.good(device, now)) break;
            parts_.journal.credentialAccepted();
            parts_.queue.releaseAll();
            break;
        case Verdict::Credential::Authorized:
            if (!guard.open()) break;
            parts_.journal.credentialAccepted();
            parts_.queue.releaseAll();
            break;
        case Verdict::Credential::Suspect:
            guard.suspect(device);
            break;
        case Verdict::Credential::Stranger:
            if (guard.stranger(device)) parts_.journal.credentialDoubtful();
            break;
        case Verdict::Credential::Pause:
            guard.pause(outcome.reason, now);
            parts_.journal.credentialPaused(outcome.reason, outcome.advice);
            break;
        case Verdict::Credential::ProbeRefused:
            guard.probeRefused(outcome.reason, now);
            break;
        case Verdict::Credential::ProbeUndecided:
            guard.probeUndecided(now);
            break;
        case Verdict::Credential::SlowDown: {
            const bool slowed = guard.slowed(now.steady);
            const Pause& given = verdict.credential_pause;
            const util::Milliseconds pause =
                wasAsked(given) ? given.asked : backoff_.after(++slow_downs_, given.least);
            guard.slowDownUntil(now.steady + pause, outcome.reason);
            if (!slowed) parts_.journal.credentialSlowedDown(outcome.reason, outcome.advice, pause);
            break;
        }
    }
    onAuthorization(verdict.authorization, channel, outcome, now);
}

void Consequences::onAuthorization(Verdict::Authorization authorization, Channel& channel,
                                   const provider::Outcome& outcome, const Now& now) {
    switch (authorization) {
        case Verdict::Authorization::AsBefore:
            return;
        case Verdict::Authorization::Works:
            channel.guard().fastAgain();
            return channel.guard().forgetAuthorizationRefusal();
        case Verdict::Authorization::Drop:
            channel.guard().authorizationDropped(outcome.reason);
            parts_.journal.authorizationRefused(outcome.reason, now.wall);
            return channel.session().dropAuthorization();
        case Verdict::Authorization::RenewEarly:
            channel.guard().forgetAuthorizationRefusal();
            return channel.session().renewAuthorization();
    }
}

void Consequences::wait(Device& device, Pause pause, OriginWaiters* waiters) noexcept {
    parts_.queue.wait(device,
                      wasAsked(pause) ? pause.asked : backoff_.after(device.failed(), pause.least),
                      waiters);
}

void Consequences::setAside(Device& device, store::Id registration) noexcept {
    Waiting* const waiting = device.find(registration);
    if (waiting == nullptr) return;
    waiting->set_aside_until = parts_.clock.steady() + backoff_.after(++waiting->provider_failures);
    parts_.journal.setAside();
}

void Consequences::onTrial(const Verdict& delivered, Channel& channel, const Flight& flight,
                           const provider::Outcome& outcome, const Now& now) {
    Device& device = parts_.queue.at(flight.device);
    device.well();
    if (delivered.proves_token) prove(device, flight, now.wall);
    parts_.queue.putBack(device);
    onCredential(delivered, channel, flight.device, outcome, now);
}

void Consequences::prove(Device& device, const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    device.token.proven(target.token_at, now);
    const util::WallTime stored = util::believed(target.registration.device_proven_at, now);
    if (util::isSet(stored) && now - stored < kProvenAgain) return;
    parts_.events.tokenProven(target.registration.id, {flight.device, target.token_at, now});
}

void Consequences::drop(Waiting& waiting, PushMetrics::Drop why) {
    parts_.journal.dropped(waiting, why);
    const util::WallTime wall = parts_.clock.wall();
    const store::Pending row = waiting.row();
    for (const Part part : {Part::Mail, Part::Check}) {
        if (part == Part::Mail ? !waiting.hasMail() : !waiting.hasCheck()) continue;
        waiting.settle(part, row.generation, wall);
        parts_.settlements.dropped(row, part, wall);
    }
}

}  // namespace postbell::dispatch
