// SPDX-License-Identifier: Apache-2.0
#include "store/served_mailbox.h"

#include "store/retired_ids.h"
#include "store/store_error.h"

namespace postbell::store {

void serve(Tables& tables, PendingTable& pending, Id registration, const ProvenMailbox& mailbox,
           util::WallTime now) {
    const MailboxRows::Put served_by =
        tables.mailboxes().put(mailbox.instance, mailbox.key, mailbox.sealed);
    const std::optional<SubscriptionRow> before = tables.subscriptions().find(registration);
    if (!before) throw StoreError("a registration is gone that was just stored");
    const bool is_new = before->mailbox != served_by.id;
    MailboxSignalRows& signals = tables.mailboxSignals();
    if (before->mailbox != 0 && is_new) signals.wake(before->mailbox);
    SubscriptionRow row;
    row.registration = registration;
    row.mailbox = served_by.id;
    row.retired = retire(before->retired, before->id_hash);
    tables.subscriptions().put(row);
    signals.wake(served_by.id);
    // A new subscription sends the known counts when it is there.
    if (served_by.subscribed && is_new) pending.addCount(registration, kUnknownCount, now);
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
