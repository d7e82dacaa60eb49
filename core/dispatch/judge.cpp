// SPDX-License-Identifier: Apache-2.0
#include "dispatch/judge.h"

#include <algorithm>
#include <string>

#include "store/store_error.h"

namespace postbell::dispatch {
namespace {

constexpr util::Milliseconds kFirstPause{1'000};
constexpr util::Milliseconds kRetireAgain = std::chrono::minutes(1);

/// The reason that a device learns where it named the origin: the engine's own text tells of the
/// names and ports of machines that only this gateway can reach.
constexpr std::string_view kNamedOriginFailed = "the push server cannot be reached";

/// A metric's label.
std::string_view reasonOf(engine::Failure failure) {
    switch (failure) {
        case engine::Failure::Connect:
        case engine::Failure::Tls:
            return "connect";
        case engine::Failure::Crowded:
            return "crowded";
        case engine::Failure::Forbidden:
            return "forbidden";
        case engine::Failure::Malformed:
            return "malformed";
        case engine::Failure::None:
        case engine::Failure::Lost:
        case engine::Failure::Timeout:
        case engine::Failure::Refused:
        case engine::Failure::Shutdown:
            return "lost";
    }
    return "lost";
}

util::Milliseconds pauseOr(Pause pause, util::Milliseconds backoff) {
    return pause.asked > pause.asked.zero() ? pause.asked : backoff;
}

}  // namespace

Judge::Judge(Parts parts, util::Milliseconds retry_max, std::uint64_t seed)
    : parts_(parts), backoff_(kFirstPause, retry_max, seed) {}

void Judge::answered(Channel& channel, bool current, Device& device, const Flight& flight,
                     const engine::Answer& answer, const Now& now) {
    provider::Outcome outcome;
    const Verdict consequences = !current ? answeredLate(flight, answer)
                                 : answer.failure != engine::Failure::None
                                     ? unanswered(channel, flight, answer, now, outcome)
                                     : classified(channel, flight, answer, now, outcome);
    if (consequences.new_connection) flight.route->pool->retire(answer.connection);
    onOrigin(consequences, flight, outcome.reason, now.steady);
    onPush(consequences, device, flight, now.wall);
    onDevice(consequences, device, flight, now.wall);
    onCredential(consequences, channel, std::to_string(device.id), outcome, now);
    noteRetry(device, flight, now.steady);
}

Verdict Judge::answeredLate(const Flight& flight, const engine::Answer& answer) {
    const Verdict consequences = superseded(answer.status);
    const bool delivered = consequences.push == Verdict::Push::Delivered;
    parts_.journal.answered(flight, delivered ? "delivered" : "superseded", answer.status,
                            "superseded", "it was sent with an earlier credential");
    return consequences;
}

Verdict Judge::unanswered(Channel& channel, const Flight& flight, const engine::Answer& answer,
                          const Now& now, provider::Outcome& outcome) {
    outcome.reason = answer.detail;
    parts_.journal.answered(flight, "no_answer", 0, reasonOf(answer.failure), outcome.reason);
    if (answer.failure == engine::Failure::Malformed)
        parts_.journal.neverEncoded(flight.trace, outcome.reason);
    if (answer.failure == engine::Failure::Forbidden)
        parts_.journal.addressForbidden(outcome.reason);
    note(flight, "no answer", flight.route->networksOwn() ? answer.detail : kNamedOriginFailed,
         now.wall);
    return noAnswer(answer.failure, facts(channel, flight, now));
}

Verdict Judge::classified(Channel& channel, const Flight& flight, const engine::Answer& answer,
                          const Now& now, provider::Outcome& outcome) {
    outcome = channel.session().classify(flight.content.view(), answer);
    const std::string_view name = provider::name(outcome.result);
    const bool delivered = outcome.result == provider::Outcome::Result::Delivered;
    parts_.journal.answered(flight, name, answer.status, outcome.reason, outcome.reason);
    note(flight, name, delivered ? std::string_view() : outcome.reason, now.wall);
    if (outcome.result == provider::Outcome::Result::Rejected)
        parts_.journal.rejected(flight, answer.status, outcome);
    return verdict(outcome, facts(channel, flight, now), now.wall);
}

void Judge::note(const Flight& flight, std::string_view outcome, std::string_view reason,
                 util::WallTime now) {
    std::string text(outcome);
    if (!reason.empty()) text.append(": ").append(reason);
    parts_.note_outcome(flight.content.target.registration.id, now, text);
}

void Judge::noteRetry(Device& device, const Flight& flight, util::SteadyTime now) {
    const Waiting* waiting = device.find(flight.content.target.registration.id);
    if (waiting == nullptr) return;
    parts_.journal.willRetry(
        *waiting,
        parts_.guard.paused()          ? "a push waits until its credential is accepted again"
        : flight.route->gate.failing() ? "a push waits until the push network works again"
                                       : "a push will be tried again",
        std::chrono::duration_cast<util::Milliseconds>(std::max(device.not_before, now) - now));
}

void Judge::authorizationRefused(Channel& channel, bool guard_probe) {
    provider::Outcome refused;
    refused.result = provider::Outcome::Result::CredentialRefused;
    refused.reason = channel.session().problem();
    Flight none;
    none.guard_probe = guard_probe;
    const Now now = this->now();
    onCredential(verdict(refused, facts(channel, none, now), now.wall), channel, "", refused, now);
}

Facts Judge::facts(Channel& channel, const Flight& flight, const Now& now) const {
    const CredentialGuard& guard = parts_.guard;
    const std::string device = std::to_string(flight.device);
    const store::PushTarget& target = flight.content.target;
    Facts facts;
    facts.guard_probe = flight.guard_probe;
    facts.authorization_current =
        flight.authorization == guard.authorizationInUse(channel.session().authorizationNumber());
    facts.networks_own = flight.route == nullptr || flight.route->networksOwn();
    facts.paused = guard.paused();
    facts.held = guard.held(now.steady);
    facts.reauthorizing = guard.reauthorizing();
    facts.other_was_good = guard.otherWasGood(device, now.steady);
    facts.suspects = guard.suspectsWith(device);
    facts.token_at = target.token_at;
    facts.first_410_at = target.first_410_at;
    return facts;
}

void Judge::onPush(const Verdict& verdict, Device& device, const Flight& flight,
                   util::WallTime now) {
    if (verdict.push == Verdict::Push::Keep) return;
    const bool delivered = verdict.push == Verdict::Push::Delivered;
    const PushContent& content = flight.content;
    if (Waiting* waiting = device.find(content.target.registration.id)) {
        waiting->settle(content.part, flight.generation, now);
        if (delivered && content.part == Part::Mail) waiting->delivered(content.count);
        waiting->push_id.clear();
        waiting->attempts = 0;
    }
    if (delivered)
        parts_.settlements.delivered(flight, now);
    else
        parts_.settlements.dropped(flight, now);
}

void Judge::onDevice(const Verdict& verdict, Device& device, const Flight& flight,
                     util::WallTime now) {
    if (verdict.first_410) parts_.settlements.first410(flight, now);
    switch (verdict.device) {
        case Verdict::Device::AsBefore:
            break;
        case Verdict::Device::Well:
            device.failures = 0;
            device.not_before = kAtOnce;
            break;
        case Verdict::Device::Wait:
            wait(device, verdict.device_pause,
                 verdict.origins_doing ? &flight.route->gate : nullptr);
            break;
        case Verdict::Device::Dead:
            retire(device, flight, now);
            break;
    }
}

void Judge::retire(Device& device, const Flight& flight, util::WallTime now) {
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

void Judge::onOrigin(const Verdict& verdict, const Flight& flight, std::string_view why,
                     util::SteadyTime now) {
    Gate& gate = flight.route->gate;
    bool closed = false;
    switch (verdict.origin) {
        case Verdict::Origin::AsBefore:
            return;
        case Verdict::Origin::Works:
            if (!gate.succeeded()) return;
            parts_.journal.originWorks(flight.route->networksOwn());
            parts_.queue.release(gate);
            return;
        case Verdict::Origin::Fails:
            closed = gate.failed(now, false, flight.gate_probe, why);
            break;
        case Verdict::Origin::Unreachable:
            closed = gate.failed(now, true, flight.gate_probe, why);
            break;
        case Verdict::Origin::Hold:
            closed = gate.holdUntil(now + verdict.origin_pause, why);
            break;
    }
    if (closed) parts_.journal.originFails(why, flight.route->networksOwn());
}

void Judge::onCredential(const Verdict& verdict, Channel& channel, std::string_view device,
                         const provider::Outcome& outcome, const Now& now) {
    CredentialGuard& guard = parts_.guard;
    if (verdict.authorization_works) guard.forgetAuthorizationRefusal();
    if (outcome.result != provider::Outcome::Result::Retry) slow_downs_ = 0;
    switch (verdict.credential) {
        case Verdict::Credential::AsBefore:
        case Verdict::Credential::Reauthorize:
            break;
        case Verdict::Credential::Good:
            if (!guard.good(device, now)) break;
            parts_.journal.credentialAccepted();
            parts_.queue.releaseAll();
            break;
        case Verdict::Credential::Suspect:
            guard.suspect(device);
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
            const Pause pause = verdict.credential_pause;
            const util::Milliseconds hold =
                pauseOr(pause, backoff_.after(++slow_downs_, pause.least));
            guard.holdUntil(now.steady + hold);
            parts_.journal.credentialSlowedDown(outcome.reason, hold);
            break;
        }
    }
    if (!verdict.new_authorization) return;
    const bool refused = verdict.credential == Verdict::Credential::Reauthorize;
    if (refused) {
        guard.authorizationDropped();
        channel.session().dropAuthorization();
    } else {
        guard.forgetAuthorizationRefusal();
        channel.session().renewAuthorization();
    }
}

void Judge::wait(Device& device, Pause pause, const Gate* held_by) {
    ++device.failures;
    parts_.queue.wait(device, pauseOr(pause, backoff_.after(device.failures, pause.least)),
                      held_by);
}

void Judge::drop(Device& device, Waiting& waiting, PushMetrics::Drop why) {
    parts_.journal.dropped(waiting, why);
    const util::WallTime wall = now().wall;
    const store::Pending row = waiting.row();
    for (const Part part : {Part::Mail, Part::Check}) {
        if (part == Part::Mail ? !waiting.hasMail() : !waiting.hasCheck()) continue;
        waiting.settle(part, row.generation, wall);
        parts_.settlements.dropped(row, part, wall);
    }
    parts_.queue.schedule(device);
}

}  // namespace postbell::dispatch
