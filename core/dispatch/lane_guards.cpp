// SPDX-License-Identifier: Apache-2.0
// What answers say of more than one push: the guard of the credential and the breaker of the
// origin.
#include "dispatch/lane.h"
#include "dispatch/outcome_text.h"

namespace postbell::dispatch {

void Lane::credentialRefused(const Flight& flight, std::string_view reason,
                             std::string_view advice) {
    if (guard_.paused() && !flight.guard_probe) return;
    if (guard_.refused(reason, context_.loop.clock().wallMs())) alarmPaused(advice);
    // A new authorization may be what the next probe needs.
    if (session_) session_->renewAuthorization();
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

void Lane::guardGood(store::Id device) {
    if (!guard_.good(std::to_string(device), context_.loop.clock().wallMs())) return;
    context_.log.info("a credential is accepted again: all its pushes are due",
                      {{"app", app_.name}, {"provider", provider_->instance()}});
    for (auto& [id, waiting] : devices_) {
        waiting.not_before_ms = 0;
        schedule(waiting);
    }
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

}  // namespace postbell::dispatch
