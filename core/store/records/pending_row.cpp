// SPDX-License-Identifier: Apache-2.0
#include "store/records/pending_row.h"

#include <algorithm>

#include "store/records/registration.h"

namespace postbell::store {

StagedEvent StagedEvent::of(const Recipient& recipient, Kind kind, util::WallTime now) {
    StagedEvent event;
    event.registration = recipient.id;
    event.device = recipient.device;
    event.app = recipient.app->id;
    event.environment = recipient.environment;
    event.device_proven_at = recipient.device_proven_at;
    event.kind = kind;
    event.received = now;
    return event;
}

void PendingRow::merge(const StagedEvent& event, std::int64_t event_generation) {
    const bool is_new = generation == 0;
    generation = event_generation;
    if (is_new) since = event.received;
    if (event.kind == StagedEvent::Kind::Check) {
        check_generation = event_generation;
        return;
    }
    const std::int32_t reported = event.count >= 0 ? event.count : kUnknownCount;
    const bool is_older =
        hasMail() && reported >= 0 && util::isSet(event.occurred) && event.occurred < occurred;
    const bool keeps_time = hasMail() && (reported < 0 || util::isSet(event.occurred));
    if (!is_older) count = reported;
    occurred = keeps_time ? std::max(occurred, event.occurred) : event.occurred;
    if (!hasMail()) since = event.received;
    mail_generation = event_generation;
    if (event.kind == StagedEvent::Kind::NewMail) new_mail_generation = event_generation;
}

void PendingRow::settleMail(std::int64_t sent, util::WallTime at) {
    if (new_mail_generation <= sent) new_mail_generation = 0;
    if (mail_generation <= sent)
        mail_generation = 0;
    else
        since = std::max(since, at);
}

void PendingRow::settleCheck(std::int64_t sent) {
    if (check_generation <= sent) check_generation = 0;
}

void EventTrail::takeIn(const EventTrail& earlier) {
    if (mail_trace == 0) mail_trace = earlier.mail_trace;
    if (check_trace == 0) check_trace = earlier.check_trace;
    events += earlier.events;
    if (earlier.durable != util::RealTime()) durable = earlier.durable;
}

}  // namespace postbell::store
