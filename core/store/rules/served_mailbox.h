// SPDX-License-Identifier: Apache-2.0
// Mailboxes whose subscription the gateway holds itself, and the registrations that they serve.
// For the writer's thread, inside a transaction.
#pragma once
#include "store/rows/tables.h"
#include "store/rules/pending_table.h"

namespace postbell::store {

/// From now on the registration is served by the mailbox's subscription; the reported one counts as
/// replaced.
void serve(Tables& tables, PendingTable& pending, Id registration,
           const MailboxRows::Entry& mailbox, util::WallTime now);

/// The columns at the end of a task, without those of the subscription. A wake-up meanwhile makes
/// the mailbox due at once. A task that succeeded has dealt with the signals that it began with,
/// and with no later ones.
MailboxTaskRow taskRow(const ManagedMailbox& task, const MailboxSignals& now);

}  // namespace postbell::store
