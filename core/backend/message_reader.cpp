// SPDX-License-Identifier: Apache-2.0
#include "backend/message_reader.h"

#include <utility>

#include "backend/addressee.h"
#include "backend/late_staging.h"
#include "backend/notification.h"
#include "util/exception_text.h"
#include "web/problem.h"

namespace postbell::backend {
namespace {

/// Of a message, each registration with a line of its own.
constexpr std::size_t kMaxLoggedRecipients = 20;

/// Of a message that was answered well.
Result resultOf(const Tally& tally, bool known) {
    if (tally.accepted > 0) return Result::Ok;
    if (tally.denied > 0) return Result::Denied;
    // A backend may answer an unknown callback without an event: it has no registration.
    return tally.nobody > 0 || !known ? Result::Ended : Result::Ok;
}

net::Response answerOf(Reading::Result result, Staged& staged) {
    if (result == Reading::Result::Unreadable)
        return web::problemResponse(400, "the message cannot be read");
    const bool failed = result == Reading::Result::Failed;
    // Sent again, the message would be as large: 503 would bring it back for ever.
    if (failed && staged.tally.too_many)
        return web::problemResponse(413, "the message has more events than this gateway takes");
    if (failed) return web::problemResponse(503, "the backend failed");
    if (staged.response) return std::move(*staged.response);
    net::Response nothing;
    nothing.status = 204;
    return nothing;
}

}  // namespace

void MessageReader::handle(BackendInstance& instance, const Arrival& arrival,
                           const registry::LifeClock& clock, const net::Request& request,
                           net::Responder responder) const {
    std::string_view title = "the gateway failed";
    const auto failed = [&](const char* why) {
        parts_.log.error("a notification made the gateway fail: please report this",
                         {{"trace", util::traceText(arrival.trace)},
                          {"backend", instance.name()},
                          {"reason", why}});
    };
    try {
        return read(instance, arrival, clock, request, responder);
    } catch (const store::StoreError& e) {
        title = "the gateway cannot read its store now";
        instance.storeFailed(e.what(), arrival.trace);
    } catch (...) {
        failed(util::exceptionText());
    }
    instance.metrics().count(Result::Failed);
    responder.send(web::problemResponse(503, title));
}

void MessageReader::read(BackendInstance& instance, const Arrival& arrival,
                         const registry::LifeClock& clock, const net::Request& request,
                         net::Responder& responder) const {
    const std::optional<store::Callback> found = parts_.events.findCallback(arrival.token_hash);
    const Addressee to = addresseeOf(found, arrival.routes, instance.name());
    StagedReply reply(to.callback,
                      {instance.name(), to.route.needs_proof, clock,
                       [&] { return to.recipient ? lastCall(to.recipient->id) : util::WallTime(); },
                       parts_.events});
    const plugin::TraceScope trace(arrival.trace);
    const Reading reading = instance.handle(request, to, reply);
    Staged staged = reply.take();
    net::Response response = answerOf(reading.result, staged);
    instance.complain(reading, staged, response.status, arrival.trace);
    if (response.status < 400) {
        const auto whole = [&](store::Id id) { return parts_.registrations.findRegistration(id); };
        stageLate(staged, whole, clock.now);
    }
    if (parts_.log.enabled(log::Level::Debug))
        logRead(instance.name(), arrival.trace, response.status, reply, staged);
    if (response.status >= 400) {
        instance.metrics().count(response.status < 500 ? Result::Refused : Result::Failed);
        responder.send(std::move(response));
        return;
    }
    const Result result = resultOf(staged.tally, to.callback != nullptr);
    // Guesses at callbacks or proofs do not hide that the mail servers are silent.
    if (to.callback && result != Result::Denied) instance.metrics().heard(clock.now);
    if (staged.tally.other_folders > 0) instance.metrics().otherFolders(staged.tally.other_folders);
    Notification({instance, parts_.events, parts_.seen, parts_.log},
                 {arrival.trace, arrival.received, clock.now, result}, std::move(responder),
                 std::move(response))
        .commit(std::move(staged));
}

/// A line for each registration, so that its id finds the message.
void MessageReader::logRead(const std::string& instance, util::Trace trace, int status,
                            const StagedReply& reply, const Staged& staged) const {
    const auto line = [&](std::string_view registration) {
        parts_.log.debug(
            reply.known() ? "a notification was read" : "a notification came for nobody",
            {{"trace", util::traceText(trace)},
             {"backend", instance},
             {"registration", registration},
             {"status", status},
             {"events", staged.writes.events.size()},
             {"not_served", staged.tally.nobody + staged.tally.denied}});
    };
    const auto recipients = reply.recipients(kMaxLoggedRecipients);
    for (const store::Recipient* recipient : recipients) line(recipient->public_id);
    if (recipients.empty()) line("");
}

util::WallTime MessageReader::lastCall(store::Id registration) const {
    const auto found = parts_.registrations.findRegistration(registration);
    return found ? found->seen.device_at : util::WallTime();
}

}  // namespace postbell::backend
