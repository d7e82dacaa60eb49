// SPDX-License-Identifier: Apache-2.0
#include "backend/notification.h"

#include <utility>

#include "util/insist.h"
#include "web/problem.h"

namespace postbell::backend {

Notification::Notification(const Parts& parts, const Message& message, net::Responder responder,
                           net::Response response)
    : parts_(parts),
      message_(message),
      responder_(std::move(responder)),
      response_(std::move(response)) {}

void Notification::commit(Staged staged) && {
    heard_ = std::move(staged.heard);
    StagedWrites& writes = staged.writes;
    if (writes.isEmpty()) {
        noteSigns();
        responder_.send(std::move(response_));
        parts_.instance.metrics().count(message_.result);
        return;
    }
    if (!writes.events.empty()) sign_ = store::Sign::OfEvent;
    for (const store::StagedEvent& event : writes.events)
        ++kinds_[static_cast<std::size_t>(event.kind)];
    store::Batch batch;
    batch.events = std::move(writes.events);
    batch.changes = std::move(writes.changes);
    batch.mailbox_changes = std::move(writes.mailbox_changes);
    batch.trace = message_.trace;
    store::Events& events = parts_.events;
    batch.done = [waiting = std::make_shared<Notification>(std::move(*this))](
                     store::CommitEnd end) { waiting->ended(end); };
    events.stage(std::move(batch));
}

void Notification::noteSigns() {
    // Whoever has the answer reads the signs of life. Without memory for them they are forgotten,
    // and the answer still goes out.
    util::succeeds([this] { parts_.seen.heard(heard_, message_.now, sign_); });
}

void Notification::ended(store::CommitEnd end) {
    const bool durable = end == store::CommitEnd::Durable;
    if (durable) noteSigns();
    // Before all that may fail: nothing costs the answer.
    responder_.send(durable ? std::move(response_)
                            : web::problemResponse(
                                  503, "the gateway could not store the event: send it again"));
    const auto took =
        std::chrono::duration_cast<util::Microseconds>(util::realNow() - message_.received);
    if (durable)
        stored(took);
    else
        parts_.instance.metrics().count(Result::Failed);
    if (parts_.log.enabled(log::Level::Debug))
        parts_.log.debug(durable ? "a notification is durable"
                                 : "a notification could not be stored: it is asked for again",
                         {{"trace", util::traceText(message_.trace)}, {"after_us", took.count()}});
}

void Notification::stored(util::Microseconds took) {
    const BackendMetrics::Instance& metrics = parts_.instance.metrics();
    metrics.count(message_.result);
    metrics.durable(took);
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
        metrics.events(static_cast<store::StagedEvent::Kind>(kind), kinds_[kind]);
}

}  // namespace postbell::backend
