// SPDX-License-Identifier: Apache-2.0
#include "store/rules/served_mailbox.h"

#include "store/records/retired_ids.h"
#include "store/records/store_error.h"

namespace postbell::store {

void serve(Tables& tables, PendingTable& pending, Id registration,
           const MailboxRows::Entry& mailbox, util::WallTime now) {
    const std::optional<SubscriptionRow> before = tables.subscriptions().find(registration);
    if (!before) throw StoreError("a registration is gone that was just stored");
    const bool is_new = before->mailbox != mailbox.id;
    MailboxSignalRows& signals = tables.mailboxSignals();
    if (before->mailbox != 0 && is_new) signals.wake(before->mailbox);
    SubscriptionRow row;
    row.registration = registration;
    row.mailbox = mailbox.id;
    row.retired = retire(before->retired, before->id_hash);
    row.quiet_until = before->quiet_until;
    row.note = before->note;
    tables.subscriptions().put(row);
    signals.wake(mailbox.id);
    // A new subscription sends the known counts when it is there.
    if (mailbox.subscribed && is_new) pending.addCount(registration, kUnknownCount, now);
}

MailboxTaskRow taskRow(const ManagedMailbox& task, const MailboxSignals& now) {
    const bool succeeded = !util::isSet(task.failed_at);
    MailboxTaskRow row;
    row.expires_at = task.expires_at;
    row.renew_at = task.renew_at;
    if (task.wake_count == now.wake_count) row.due_at = task.due_at;
    row.failed_at = task.failed_at;
    row.attempts = task.attempts;
    row.refused = task.refused;
    row.problem = task.problem;
    if (!succeeded || task.ended_at != now.ended_at) row.ended_at = now.ended_at;
    if (!succeeded || task.renew_asked_at != now.renew_asked_at)
        row.renew_asked_at = now.renew_asked_at;
    if (!succeeded || task.note != now.note) row.note = now.note;
    return row;
}

}  // namespace postbell::store
