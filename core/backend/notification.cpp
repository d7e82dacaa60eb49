// SPDX-License-Identifier: Apache-2.0
#include "backend/notification.h"

#include "web/problem.h"

namespace postbell::backend {

Notification::Notification(const Parts& parts, const Origin& origin, net::Responder responder,
                           net::Response response)
    : parts_(parts),
      origin_(origin),
      responder_(std::move(responder)),
      response_(std::move(response)) {}

void Notification::heard(bool pushes) {
    for (const Staged::Heard& one : heard_)
        parts_.seen.heard(one.registration, origin_.now, {pushes, one.own_folder});
}

void Notification::commit(Staged staged) && {
    heard_ = std::move(staged.heard);
    if (!staged.needsCommit()) {
        heard(false);
        parts_.instance.metrics().count(origin_.result);
        responder_.send(std::move(response_));
        return;
    }
    nudged_ = std::move(staged.nudged);
    pushes_ = !staged.events.empty();
    for (const store::StagedEvent& event : staged.events)
        ++kinds_[static_cast<std::size_t>(event.kind)];
    store::Batch batch;
    batch.events = std::move(staged.events);
    batch.changes = std::move(staged.changes);
    batch.mailbox_changes = std::move(staged.mailbox_changes);
    batch.note = std::move(staged.note);
    batch.registration = origin_.registration;
    batch.trace = origin_.trace;
    store::Events& events = parts_.events;
    batch.done = [waiting = std::make_shared<Notification>(std::move(*this))](bool durable) {
        waiting->durable(durable);
    };
    events.stage(std::move(batch));
}

void Notification::durable(bool durable) {
    const auto took =
        std::chrono::duration_cast<util::Microseconds>(util::realNow() - origin_.received);
    const BackendMetrics::Instance& metrics = parts_.instance.metrics();
    if (parts_.log.enabled(log::Level::Debug))
        parts_.log.debug(durable ? "a notification is durable"
                                 : "a notification could not be stored: it is asked for again",
                         {{"trace", util::traceText(origin_.trace)}, {"after_us", took.count()}});
    if (!durable) {
        metrics.count(Result::Failed);
        responder_.send(
            web::problemResponse(503, "the gateway could not store the event: send it again"));
        return;
    }
    metrics.durable(took);
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
        metrics.events(static_cast<store::StagedEvent::Kind>(kind), kinds_[kind]);
    heard(pushes_);
    for (const Staged::Nudged& one : nudged_)
        parts_.seen.nudged(one.registration, origin_.now, one.nudges);
    metrics.count(origin_.result);
    responder_.send(std::move(response_));
}

}  // namespace postbell::backend
