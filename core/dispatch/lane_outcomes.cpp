// SPDX-License-Identifier: Apache-2.0
// What follows from the answer of a push network: "When a push network says no" and the retries.
#include <algorithm>

#include "dispatch/lane.h"

namespace postbell::dispatch {
namespace {

constexpr std::int64_t kHourMs = 60 * 60 * 1000;
constexpr std::int64_t kLongestRetryAfterMs = kHourMs;

std::string_view view(postbell_str s) {
    return s.ptr ? std::string_view(s.ptr, s.len) : std::string_view();
}

/// A reason becomes a metric's label: only what looks like a network's word.
std::string_view word(postbell_str s) {
    constexpr std::size_t kLongest = 64;
    const std::string_view text = view(s);
    const bool is_word =
        text.size() <= kLongest &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return is_word ? text : std::string_view("unreadable");
}

std::string_view outcomeName(std::uint32_t result) {
    switch (result) {
        case POSTBELL_OUTCOME_DELIVERED:
            return "delivered";
        case POSTBELL_OUTCOME_TOKEN_DEAD:
            return "token_dead";
        case POSTBELL_OUTCOME_TOKEN_FOREIGN:
            return "token_foreign";
        case POSTBELL_OUTCOME_CREDENTIAL:
            return "credential_refused";
        case POSTBELL_OUTCOME_REAUTHORIZE:
            return "reauthorize";
        case POSTBELL_OUTCOME_REJECTED:
            return "rejected";
    }
    return "retry";
}

std::int64_t steadyUs() {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void Lane::answered(std::uint64_t tag, const engine::Answer& answer) {
    const Flight flight = flights_.take(tag);
    if (outgoing_flights_ > 0 && (!session_ || flight.upload != session_->credential().upload) &&
        --outgoing_flights_ == 0)
        // Not here: this may be a callback of one of these pools.
        context_.loop.post([this] {
            if (outgoing_flights_ > 0) return;
            outgoing_pools_.clear();
            outgoing_.clear();
        });
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

    const bool current = session_ && flight.upload == session_->credential().upload;
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
    if (delivered) settleFlight(device, flight, store::Settlement::Kind::Delivered);
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
            settleFlight(device, flight, store::Settlement::Kind::Dropped);
            break;
        default:
            // Its own word on when to come again takes the place of our doubling.
            if (origins_fault && outcome.retry_after_ms <= 0) originFailed(flight, false, reason);
            if (flight.guard_probe) guard_.probeUndecided(context_.loop.clock().wallMs());
            retry(device, outcome);
            break;
    }
}

void Lane::settleFlight(Device& device, const Flight& flight, store::Settlement::Kind kind) {
    const std::int64_t now = context_.loop.clock().wallMs();
    if (Waiting* waiting = device.find(flight.content.target.registration.id)) {
        waiting->settle(flight.content.part, flight.generation, now);
        if (kind == store::Settlement::Kind::Delivered && flight.content.part == Part::Mail)
            waiting->delivered(flight.content.count);
        waiting->push_id.clear();
        waiting->attempts = 0;
    }
    if (flight.content.part == Part::Check) kind = store::Settlement::Kind::CheckSent;
    context_.settle({kind, flight.content.target.registration.id, device.id, app_id_, environment_,
                     flight.generation, flight.content.count,
                     flight.content.target.registration.accounts >= 2, now, 0});
}

void Lane::delivered(Device& device, const Flight& flight) {
    device.failures = 0;
    device.not_before_ms = 0;
    settleFlight(device, flight, store::Settlement::Kind::Delivered);
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
        context_.settle({store::Settlement::Kind::First410, target.registration.id, device.id,
                         app_id_, environment_, 0, store::kUnknownCount, false, now,
                         target.token_at});
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
    context_.settle({store::Settlement::Kind::DeviceDead, target.registration.id, device.id,
                     app_id_, environment_, flight.generation, store::kUnknownCount, false,
                     context_.loop.clock().wallMs(), target.token_at});
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

void Lane::credentialRefused(const Flight& flight, std::string_view reason,
                             std::string_view advice) {
    if (guard_.paused() && !flight.guard_probe) return;
    if (guard_.refused(reason, context_.loop.clock().wallMs())) alarmPaused(advice);
    // A new authorization may be what the next probe needs.
    if (session_) session_->dropAuthorization();
    saveGuard();
}

void Lane::reauthorize(const Flight& flight, const postbell_outcome& outcome) {
    if (flight.authorized != authorizations_)
        return;  // it was sent with one that is dropped already
    if (reauthorizing_ || flight.guard_probe) {
        reauthorizing_ = false;
        credentialRefused(flight, view(outcome.reason), view(outcome.advice));
        ++authorizations_;
        return;
    }
    reauthorizing_ = true;
    ++authorizations_;
    session_->dropAuthorization();
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

// --- the guard and the breaker

void Lane::guardGood(store::Id device) {
    if (!guard_.good(std::to_string(device), context_.loop.clock().wallMs())) return;
    context_.log.info("a credential is accepted again: all its pushes are due",
                      {{"app", app_.name}, {"provider", provider_->instance()}});
    for (auto& [id, waiting] : devices_) {
        waiting.not_before_ms = 0;
        schedule(waiting);
    }
}

void Lane::originFailed(const Flight& flight, bool sure, std::string_view detail) {
    const bool was_open = breaker_.open();
    breaker_.failed(context_.loop.clock().steadyMs(), sure, flight.probe);
    originWaits(was_open, detail);
}

void Lane::originAsksFor(std::int64_t wait_ms, std::string_view reason) {
    const bool was_open = breaker_.open();
    breaker_.holdUntil(context_.loop.clock().steadyMs() + wait_ms);
    originWaits(was_open, reason);
}

void Lane::originWaits(bool waited_before, std::string_view why) {
    last_failure_ = why;
    if (!waited_before && breaker_.open())
        context_.log.warning(
            "a push network cannot be reached or fails: its pushes wait",
            {{"provider", provider_->instance()}, {"app", app_.name}, {"reason", why}});
}

void Lane::originWorks() {
    if (!breaker_.succeeded()) return;
    last_failure_.clear();
    context_.log.info("a push network works again",
                      {{"provider", provider_->instance()}, {"app", app_.name}});
    releaseAll();
}

void Lane::alarmPaused(std::string_view advice) {
    context_.log.error("the push network refuses a credential: its pushes are paused",
                       {{"app", app_.name},
                        {"tenant", app_.tenant_name},
                        {"provider", provider_->instance()},
                        {"reason", guard_.state().paused_reason},
                        {"advice", advice}});
}

void Lane::saveGuard() {
    if (!session_ || !guard_.takeChanged()) return;
    const store::Credential& credential = session_->credential();
    context_.store.saveGuard(credential.id, credential.upload, environment_, guard_.state());
}

void Lane::answeredTest(const Flight& flight, const engine::Answer& answer) {
    TestOutcome result;
    result.trace = flight.trace;
    result.latency_ms = (steadyUs() - flight.sent_us) / 1000;
    result.status = answer.status;
    if (answer.failure != engine::Failure::None) {
        result.outcome = "no_answer";
        result.reason = answer.detail;
    } else if (session_) {
        postbell_outcome outcome{};
        session_->outcome(flight.content.view(), answer, outcome);
        result.outcome = outcomeName(outcome.result);
        result.reason = view(outcome.reason);
        result.advice = view(outcome.advice);
    } else {
        result.outcome = "no_answer";
        result.reason = "the credential was removed meanwhile";
    }
    logAnswered(flight, result.outcome, result.status, result.reason);
    flight.test(result);
}

// --- the trace

void Lane::logMerged(util::Trace earlier, util::Trace into) {
    if (earlier == 0 || into == 0 || earlier == into || !debugs()) return;
    context_.log.debug("an event was merged into a later one",
                       {{"trace", util::traceText(earlier)}, {"into", util::traceText(into)}});
}

void Lane::logSent(const Flight& flight) {
    if (!debugs()) return;
    const PushContent& content = flight.content;
    context_.log.debug(flight.test ? "a test push is sent" : "a push is sent",
                       {{"trace", util::traceText(flight.trace)},
                        {"registration", content.target.registration.public_id},
                        {"push", content.id},
                        {"kind", content.part == Part::Check ? "check_registration"
                                 : content.new_mail          ? "new_mail"
                                                             : "count_changed"},
                        {"badge", content.badge},
                        {"attempt", content.attempt}});
}

void Lane::logAnswered(const Flight& flight, std::string_view outcome, int status,
                       std::string_view reason) {
    if (!debugs()) return;
    context_.log.debug(status != 0 ? "a push was answered" : "a push was not answered",
                       {{"trace", util::traceText(flight.trace)},
                        {"registration", flight.content.target.registration.public_id},
                        {"push", flight.content.id},
                        {"outcome", outcome},
                        {"status", status},
                        {"reason", reason},
                        {"after_us", steadyUs() - flight.sent_us}});
}

void Lane::logRetry(const Device& device, const Waiting& waiting) {
    const std::int64_t wait_ms = device.not_before_ms - context_.loop.clock().steadyMs();
    context_.log.debug(guard_.paused()   ? "a push waits until its credential is accepted again"
                       : breaker_.open() ? "a push waits until the push network works again"
                                         : "a push will be tried again",
                       {{"trace", util::traceText(waiting.trace(waiting.nextPart()))},
                        {"push", waiting.push_id},
                        {"attempts", waiting.attempts},
                        {"wait_ms", std::max<std::int64_t>(wait_ms, 0)}});
}

}  // namespace postbell::dispatch
