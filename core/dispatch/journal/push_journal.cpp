// SPDX-License-Identifier: Apache-2.0
#include "dispatch/journal/push_journal.h"

#include <algorithm>
#include <utility>

#include "util/insist.h"
#include "util/real_time.h"
#include "util/rfc3339.h"

namespace postbell::dispatch {
namespace {

std::string_view kindName(const PushContent& content) {
    if (content.part == Part::Check) return "check_registration";
    return content.new_mail ? "new_mail" : "count_changed";
}

std::string_view why(PushMetrics::Drop drop) {
    switch (drop) {
        case PushMetrics::Drop::RegistrationGone:
            return "the registration is gone";
        case PushMetrics::Drop::DeviceGone:
            return "the device is gone";
        case PushMetrics::Drop::AppOff:
            return "the app is turned off";
        case PushMetrics::Drop::NotEncoded:
            return "the provider could not encode it";
    }
    return "";
}

/// Lines that strangers can cause at will are for debugging only.
log::Level ofOrigin(bool networks_own, log::Level level) {
    return networks_own ? level : log::Level::Debug;
}

double seconds(util::RealTime::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

void PushJournal::names(const store::App& app, const std::string& provider) {
    app_ = app.name;
    tenant_ = app.tenant_name;
    if (provider.empty()) return;
    provider_ = provider;
    counters_ = &metrics_.of(provider);
}

void PushJournal::merged(util::Trace earlier, util::Trace into) {
    if (earlier == 0 || into == 0 || earlier == into || !debugs()) return;
    log_.debug("an event was merged into a later one",
               {{"trace", util::traceText(earlier)}, {"into", util::traceText(into)}});
}

void PushJournal::sent(const Flight& flight) {
    if (!debugs()) return;
    const PushContent& content = flight.content;
    log_.debug(flight.isTrial() ? "a trial push is sent" : "a push is sent",
               {{"trace", util::traceText(flight.trace)},
                {"registration", content.target.registration.public_id},
                {"push", content.id},
                {"kind", kindName(content)},
                {"badge", content.badge},
                {"attempt", content.attempt}});
}

void PushJournal::counted(Waiting& waiting, const Attempt& attempt) {
    const bool first = attempt.number == 1;
    const util::Trace sent_before = std::exchange(waiting.sent_trace, attempt.trace);
    if (!first) {
        counters_->retried();
        merged(sent_before, waiting.sent_trace);
    }
    if (attempt.part != Part::Mail) return;
    const auto [events, durable] = waiting.takeUnsent();
    if (first && durable != util::RealTime())
        metrics_.sentAfter(attempt.new_mail, seconds(util::realNow() - durable));
    metrics_.coalesced(first && events > 0 ? events - 1 : events);
}

void PushJournal::answeredAfter(util::RealTime sent) noexcept {
    counters_->answeredAfter(seconds(util::realNow() - sent));
}

void PushJournal::answered(const Flight& flight, PushOutcome outcome, int status,
                           std::string_view label, std::string_view reason) {
    if (!flight.isTrial()) counters_->ended(outcome, label);
    if (!debugs()) return;
    const auto after =
        std::chrono::duration_cast<util::Microseconds>(util::realNow() - flight.sent);
    log_.debug(status != 0 ? "a push was answered" : "a push was not answered",
               {{"trace", util::traceText(flight.trace)},
                {"registration", flight.content.target.registration.public_id},
                {"push", flight.content.id},
                {"outcome", name(outcome)},
                {"status", status},
                {"reason", reason},
                {"after_us", after.count()}});
}

void PushJournal::willRetry(const Waiting& waiting, std::string_view line,
                            util::Milliseconds wait) {
    if (!debugs() || waiting.push_id.empty()) return;
    log_.debug(line, {{"trace", util::traceText(waiting.trace(waiting.nextPart()))},
                      {"push", waiting.push_id},
                      {"attempts", waiting.attempts},
                      {"wait_ms", std::max(wait, wait.zero()).count()}});
}

void PushJournal::moved(Waiting& waiting) {
    if (debugs())
        log_.debug("a pending push goes to the registration's new device",
                   {{"trace", util::traceText(waiting.trace(waiting.nextPart()))}, {"app", app_}});
    metrics_.coalesced(waiting.takeUnsent().events);
}

void PushJournal::dropped(Waiting& waiting, PushMetrics::Drop drop) {
    if (debugs())
        log_.debug("a pending push is dropped",
                   {{"trace", util::traceText(waiting.trace(waiting.nextPart()))},
                    {"app", app_},
                    {"reason", why(drop)}});
    const std::uint32_t events = waiting.takeUnsent().events;
    metrics_.coalesced(events > 0 ? events - 1 : 0);
    metrics_.dropped(drop);
}

void PushJournal::rejected(const Flight& flight, bool networks_own, int status,
                           const provider::Outcome& outcome) {
    if (!networks_own) return;
    const auto times = rejections_.admit(util::realNow());
    if (!times) return;
    log_.error("the push network rejected a push: it is dropped",
               {{"trace", util::traceText(flight.trace)},
                {"app", app_},
                {"status", status},
                {"reason", outcome.reason},
                {"advice", outcome.advice},
                {"times", *times}});
}

void PushJournal::neverEncoded(util::Trace trace, std::string_view problem) {
    const auto times = not_encoded_.admit(util::realNow());
    if (!times) return;
    log_.error("a provider could not encode a push", {{"trace", util::traceText(trace)},
                                                      {"provider", provider_},
                                                      {"app", app_},
                                                      {"reason", problem},
                                                      {"times", *times}});
}

void PushJournal::deviceDead(const Flight& flight) {
    ++deaths_;
    if (debugs())
        log_.debug("a device token is dead: its registrations are retired",
                   {{"trace", util::traceText(flight.trace)},
                    {"app", app_},
                    {"registration", flight.content.target.registration.public_id}});
}

void PushJournal::devicesDied() {
    if (deaths_ == 0) return;
    log_.warning(
        "the push network says that devices of an app are gone: they are disabled until "
        "the app is opened there",
        {{"app", app_},
         {"tenant", tenant_},
         {"provider", provider_},
         {"devices", std::exchange(deaths_, 0)}});
}

void PushJournal::credentialUnusable(std::string_view reason) {
    log_.error("a credential cannot be used: its pushes wait",
               {{"app", app_}, {"provider", provider_}, {"reason", reason}});
}

void PushJournal::authorizationMissing(std::string_view reason) {
    if (!authorization_lines_.begins(util::realNow())) return;
    log_.warning("a credential gets no authorization for the push network: its pushes wait",
                 {{"app", app_}, {"provider", provider_}, {"reason", reason}});
}

void PushJournal::authorizationThere() {
    if (!authorization_lines_.ends()) return;
    log_.info("a credential gets its authorization for the push network again",
              {{"app", app_}, {"provider", provider_}});
}

void PushJournal::authorizationRefused(std::string_view reason, util::WallTime now) {
    log_.warning(
        "the push network refuses the credential's authorization: its pushes wait for another "
        "authorization. Is this machine's clock right?",
        {{"app", app_},
         {"tenant", tenant_},
         {"provider", provider_},
         {"reason", reason},
         {"clock", util::formatRfc3339(now)}});
}

void PushJournal::credentialPaused(std::string_view reason, std::string_view advice) {
    log_.error("the push network refuses a credential: its pushes are paused",
               {{"app", app_},
                {"tenant", tenant_},
                {"provider", provider_},
                {"reason", reason},
                {"advice", advice}});
}

void PushJournal::credentialAccepted() {
    log_.info("a credential is accepted again: all its pushes are due",
              {{"app", app_}, {"provider", provider_}});
}

void PushJournal::credentialDoubtful() {
    log_.error(store::kDoubtfulCredential,
               {{"app", app_}, {"tenant", tenant_}, {"provider", provider_}});
}

void PushJournal::credentialSlowedDown(std::string_view reason, std::string_view advice,
                                       util::Milliseconds wait) {
    log_.warning("the push network asks this credential to slow down: its pushes wait",
                 {{"app", app_},
                  {"tenant", tenant_},
                  {"provider", provider_},
                  {"reason", reason},
                  {"advice", advice},
                  {"wait_ms", wait.count()}});
}

void PushJournal::originFails(std::string_view reason, std::string_view advice, bool networks_own) {
    if (networks_own && !origin_lines_.begins(util::realNow())) return;
    const log::Field fields[] = {
        {"provider", provider_}, {"app", app_}, {"reason", reason}, {"advice", advice}};
    log_.write(ofOrigin(networks_own, log::Level::Warning),
               "a push network cannot be reached or fails: its pushes wait", fields,
               advice.empty() ? 3 : 4);
}

void PushJournal::originWorks(bool networks_own) {
    if (networks_own && !origin_lines_.ends()) return;
    const log::Field fields[] = {{"provider", provider_}, {"app", app_}};
    log_.write(ofOrigin(networks_own, log::Level::Info), "a push network works again", fields, 2);
}

void PushJournal::addressForbidden(std::string_view reason) {
    const auto times = forbidden_.admit(util::realNow());
    if (!times) return;
    log_.warning("a device named a push server that is not connected to: its pushes wait",
                 {{"provider", provider_}, {"app", app_}, {"reason", reason}, {"times", *times}});
}

void PushJournal::fault(util::Trace trace, std::string_view reason) noexcept {
    const auto times = faults_.admit(util::realNow());
    if (!times) return;
    util::succeeds([&] {
        log_.error("a provider fails: the push waits and is tried again",
                   {{"trace", util::traceText(trace)},
                    {"provider", provider_},
                    {"app", app_},
                    {"reason", reason},
                    {"times", *times}});
    });
}

}  // namespace postbell::dispatch
