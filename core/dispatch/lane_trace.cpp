// SPDX-License-Identifier: Apache-2.0
// A push's way in the log: lines of level debug, each with the trace.
#include <algorithm>

#include "dispatch/lane.h"

namespace postbell::dispatch {

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
