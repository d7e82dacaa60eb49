// SPDX-License-Identifier: Apache-2.0
// What follows from the answer of a push network for the push and its device: "When a push network
// says no" and the retries. What it says of the credential and of the network is in
// lane_guards.cpp.
#include <algorithm>

#include "dispatch/lane.h"
#include "dispatch/outcome_text.h"

namespace postbell::dispatch {
namespace {

constexpr std::int64_t kHourMs = 60 * 60 * 1000;
constexpr std::int64_t kLongestRetryAfterMs = kHourMs;

}  // namespace

void Lane::answered(std::uint64_t tag, const engine::Answer& answer) {
    const Flight flight = flights_.take(tag);
    closeOutgoing(flight);
    if (answer.failure == engine::Failure::None && provider_ != nullptr)
        context_.metrics.answeredAfter(provider_->instance(),
                                       static_cast<double>(steadyUs() - flight.sent_us) / 1e6);
    if (flight.test) {
        answeredTest(flight, answer);
        return;
    }
    Device& device = devices_.at(flight.device);
    device.in_flight = false;
    if (flight.probe) probing_ = false;

    const bool current = isCurrent(flight);
    if (current && answer.failure != engine::Failure::None) {
        noAnswer(device, flight, answer);
    } else if (current) {
        judge(device, flight, answer);
    } else {
        supersededAnswer(device, flight, answer);
    }
    saveGuard();
    if (debugs())
        if (const Waiting* waiting = device.find(flight.content.target.registration.id))
            if (!waiting->push_id.empty()) logRetry(device, *waiting);
    schedule(device);
    removeIfDone(device);
    pumpSoon();
}

void Lane::supersededAnswer(Device& device, const Flight& flight, const engine::Answer& answer) {
    // Rule 6: it says nothing of the new upload, but the device may have it.
    const bool delivered = answer.status >= 200 && answer.status < 300;
    const std::string_view outcome = delivered ? "delivered" : "superseded";
    if (provider_ != nullptr)
        context_.metrics.outcome(provider_->instance(), outcome, "superseded");
    logAnswered(flight, outcome, answer.status, "it was sent with an earlier credential");
    if (delivered) settleFlight(device, flight, true);
}

void Lane::noAnswer(Device& device, const Flight& flight, const engine::Answer& answer) {
    const bool no_connection =
        answer.failure == engine::Failure::Connect || answer.failure == engine::Failure::Tls;
    context_.metrics.outcome(provider_->instance(), "no_answer",
                             no_connection ? "connect" : "lost");
    logAnswered(flight, "no_answer", 0, answer.detail);
    context_.seen.pushed(flight.content.target.registration.id, context_.loop.clock().wallMs(),
                         "no answer: " + std::string(answer.detail));
    originFailed(flight, no_connection, answer.detail);
    if (flight.guard_probe) guard_.probeUndecided(context_.loop.clock().wallMs());
    // Without a connection nothing was sent, and the breaker holds everybody.
    if (!no_connection) retryDevice(device, device_backoff_.delayMs(device.failures + 1), true);
}

void Lane::judge(Device& device, const Flight& flight, const engine::Answer& answer) {
    postbell_outcome outcome{};
    session_->outcome(flight.content.view(), answer, outcome);
    const std::string_view result = outcomeName(outcome.result);
    const std::string_view reason = word(outcome.reason);
    context_.metrics.outcome(provider_->instance(), result, reason);
    context_.seen.pushed(flight.content.target.registration.id, context_.loop.clock().wallMs(),
                         reason.empty() || outcome.result == POSTBELL_OUTCOME_DELIVERED
                             ? std::string(result)
                             : std::string(result).append(": ").append(reason));
    logAnswered(flight, result, answer.status, reason);

    const bool origins_fault =
        outcome.result == POSTBELL_OUTCOME_RETRY && outcome.scope == POSTBELL_SCOPE_ORIGIN;
    if (!origins_fault) originWorks();
    if (outcome.result != POSTBELL_OUTCOME_RETRY) credential_failures_ = 0;
    if (outcome.result != POSTBELL_OUTCOME_REAUTHORIZE && flight.authorized == authorizations_)
        reauthorizing_ = false;

    switch (outcome.result) {
        case POSTBELL_OUTCOME_DELIVERED:
            delivered(device, flight);
            break;
        case POSTBELL_OUTCOME_TOKEN_DEAD:
            tokenDead(device, flight, outcome);
            break;
        case POSTBELL_OUTCOME_TOKEN_FOREIGN:
            tokenForeign(device, flight, outcome);
            break;
        case POSTBELL_OUTCOME_CREDENTIAL:
            credentialRefused(flight, reason, view(outcome.advice));
            break;
        case POSTBELL_OUTCOME_REAUTHORIZE:
            reauthorize(flight, outcome);
            break;
        case POSTBELL_OUTCOME_REJECTED:
            context_.log.error("the push network rejected a push: it is dropped",
                               {{"trace", util::traceText(flight.trace)},
                                {"app", app_.name},
                                {"status", answer.status},
                                {"reason", reason},
                                {"advice", view(outcome.advice)}});
            if (flight.guard_probe) guard_.probeUndecided(context_.loop.clock().wallMs());
            settleFlight(device, flight, false);
            break;
        default:
            // Its own word on when to come again takes the place of our doubling.
            if (origins_fault && outcome.retry_after_ms <= 0) originFailed(flight, false, reason);
            if (flight.guard_probe) guard_.probeUndecided(context_.loop.clock().wallMs());
            retry(device, outcome);
            break;
    }
}

void Lane::settleFlight(Device& device, const Flight& flight, bool delivered) {
    const std::int64_t now = context_.loop.clock().wallMs();
    const store::Recipient& registration = flight.content.target.registration;
    const bool mail = flight.content.part == Part::Mail;
    if (Waiting* waiting = device.find(registration.id)) {
        waiting->settle(flight.content.part, flight.generation, now);
        if (delivered && mail) waiting->delivered(flight.content.count);
        waiting->push_id.clear();
        waiting->attempts = 0;
    }
    store::Settlement settlement{registration.id, device.id, app_id_, environment_, {}};
    if (!mail)
        settlement.outcome = store::CheckSent{flight.generation};
    else if (delivered)
        settlement.outcome = store::Delivered{flight.generation, flight.content.count,
                                              registration.registrations_on_device >= 2, now};
    else
        settlement.outcome = store::Dropped{flight.generation, now};
    context_.settle(settlement);
}

void Lane::delivered(Device& device, const Flight& flight) {
    device.failures = 0;
    device.not_before_ms = 0;
    settleFlight(device, flight, true);
    guardGood(device.id);
}

void Lane::tokenDead(Device& device, const Flight& flight, const postbell_outcome& outcome) {
    const store::PushTarget& target = flight.content.target;
    const std::int64_t now = context_.loop.clock().wallMs();
    guardGood(device.id);
    const bool registered_before =
        outcome.dead_since_ms == 0 || target.token_at < outcome.dead_since_ms;
    const bool second = target.first_410_at != 0 && now - target.first_410_at >= kHourMs;
    if (registered_before || second) {
        markDead(device, flight);
        return;
    }
    if (target.first_410_at == 0)
        context_.settle({target.registration.id, device.id, app_id_, environment_,
                         store::First410{target.token_at, now}});
    retryDevice(device, device_backoff_.delayMs(device.failures + 1), false);
}

void Lane::markDead(Device& device, const Flight& flight) {
    const store::PushTarget& target = flight.content.target;
    // Dead is the token that was pushed to: one that was registered meanwhile is another.
    try {
        const auto now = context_.store.pushTarget(target.registration.id);
        if (now && now->token_at != target.token_at) return;
    } catch (const store::StoreError&) {
        retryDevice(device, kHourMs / 60, false);
        return;
    }
    context_.log.info("a device token is dead: its registrations are retired",
                      {{"trace", util::traceText(flight.trace)},
                       {"app", app_.name},
                       {"registration", target.registration.public_id}});
    context_.settle({target.registration.id, device.id, app_id_, environment_,
                     store::DeviceDead{target.token_at, context_.loop.clock().wallMs()}});
    for (Waiting& waiting : device.waiting)
        if (waiting.row().events > 0) noteDropped(waiting, PushMetrics::Drop::DeviceGone);
    device.waiting.clear();
}

void Lane::tokenForeign(Device& device, const Flight& flight, const postbell_outcome& outcome) {
    if (guard_.paused() && !flight.guard_probe) return;  // sent before the pause
    const std::int64_t now = context_.loop.clock().wallMs();
    switch (guard_.foreign(std::to_string(device.id), view(outcome.reason), now)) {
        case Verdict::DeviceDead:
            markDead(device, flight);
            break;
        case Verdict::Wait:
            retryDevice(device, device_backoff_.delayMs(device.failures + 1), false);
            break;
        case Verdict::Paused:
            alarmPaused(view(outcome.advice));
            break;
    }
}

void Lane::retry(Device& device, const postbell_outcome& outcome) {
    const std::int64_t asked =
        std::clamp<std::int64_t>(outcome.retry_after_ms, 0, kLongestRetryAfterMs);
    const std::int64_t least =
        std::clamp<std::int64_t>(outcome.backoff_ms, 0, kLongestRetryAfterMs);
    const std::int64_t now = context_.loop.clock().steadyMs();
    switch (outcome.scope) {
        case POSTBELL_SCOPE_CREDENTIAL: {
            // What was under way when the credential was held back says nothing new.
            if (asked == 0 && hold_until_ms_ > now) break;
            const std::int64_t wait =
                asked > 0 ? asked : device_backoff_.delayMs(++credential_failures_, least);
            hold_until_ms_ = std::max(hold_until_ms_, now + wait);
            context_.log.warning(
                "the push network asks this credential to slow down",
                {{"app", app_.name}, {"reason", view(outcome.reason)}, {"wait_ms", wait}});
            break;
        }
        case POSTBELL_SCOPE_ORIGIN:
            if (asked > 0) originAsksFor(asked, view(outcome.reason));
            // A network that names a pause for each push gets it, whoever else it serves meanwhile.
            retryDevice(device,
                        asked > 0 ? asked : device_backoff_.delayMs(device.failures + 1, least),
                        least == 0);
            break;
        default:
            retryDevice(device,
                        asked > 0 ? asked : device_backoff_.delayMs(device.failures + 1, least),
                        false);
            break;
    }
}

void Lane::retryDevice(Device& device, std::int64_t after_ms, bool origins_doing) {
    ++device.failures;
    device.held_by_origin = origins_doing;
    device.not_before_ms = context_.loop.clock().steadyMs() + after_ms;
}

}  // namespace postbell::dispatch
