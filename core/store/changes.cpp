// SPDX-License-Identifier: Apache-2.0
#include "store/changes.h"

#include "store/managed_mailboxes.h"

namespace postbell::store {

namespace {

constexpr const char* kWriteSeen = R"sql(
INSERT INTO seen (registration, device_at, heard_at, event_at, push_at, nudged_at, outcome)
SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM registration WHERE id = ?1
ON CONFLICT (registration) DO UPDATE SET
    device_at = max(device_at, excluded.device_at),
    heard_at = max(heard_at, excluded.heard_at),
    event_at = max(event_at, excluded.event_at),
    push_at = max(push_at, excluded.push_at),
    nudged_at = max(nudged_at, excluded.nudged_at),
    outcome = iif(excluded.outcome = '', outcome, excluded.outcome))sql";

}  // namespace

void write(Connection& connection, const SubscriptionChange& change) {
    switch (change.kind) {
        case SubscriptionChange::Kind::Ended:
            Query(connection,
                  "UPDATE registration SET ended_at = ?2 WHERE id = ?1 AND ended_at = 0",
                  change.registration, change.at)
                .run();
            return;
        case SubscriptionChange::Kind::RenewAsked:
            Query(
                connection,
                "UPDATE registration SET renew_asked_at = ?2 WHERE id = ?1 AND renew_asked_at = 0",
                change.registration, change.at)
                .run();
            return;
        case SubscriptionChange::Kind::HeardAgain:
            Query(connection,
                  "UPDATE registration SET ended_at = 0 WHERE id = ?1 AND ended_at <> 0",
                  change.registration)
                .run();
            return;
    }
}

void write(Connection& connection, const MailboxChange& change) {
    switch (change.kind) {
        case MailboxChange::Kind::Ended:
            Query(connection, "UPDATE managed SET ended_at = ?2 WHERE id = ?1", change.mailbox,
                  change.at)
                .run();
            break;
        case MailboxChange::Kind::RenewAsked:
            Query(connection, "UPDATE managed SET renew_asked_at = ?2 WHERE id = ?1",
                  change.mailbox, change.at)
                .run();
            break;
        case MailboxChange::Kind::Noted:
            Query(connection, "UPDATE managed SET note = ?2 WHERE id = ?1", change.mailbox,
                  change.note)
                .run();
            break;
        case MailboxChange::Kind::Idle:
            break;
    }
    wakeMailbox(connection, change.mailbox);
}

void writeSeen(Connection& connection, Id registration, const Seen& seen) {
    Query(connection, kWriteSeen, registration, seen.device_at, seen.heard_at, seen.event_at,
          seen.push_at, seen.nudged_at, seen.outcome)
        .run();
}

}  // namespace postbell::store
