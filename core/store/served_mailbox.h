// SPDX-License-Identifier: Apache-2.0
// Mailboxes whose subscription the gateway holds itself, and the registrations that they serve.
// For the writer's thread, inside a transaction.
#pragma once
#include <string>

#include "store/pending_table.h"
#include "store/tables.h"

namespace postbell::store {

/// A mailbox that was proven to be a user's.
struct ProvenMailbox {
    std::string instance;
    std::string key;     ///< HMAC under the gateway's key
    std::string sealed;  ///< under kMailboxPlace
};

/// From now on the registration is served by the mailbox's subscription; the reported one counts as
/// replaced.
void serve(Tables& tables, PendingTable& pending, Id registration, const ProvenMailbox& mailbox,
           util::WallTime now);

/// The columns at the end of a task, without those of the subscription. A wake-up meanwhile makes
/// the mailbox due at once. A task that succeeded has dealt with the signals that it began with,
/// and with no later ones.
MailboxTaskRow taskRow(const ManagedMailbox& task, const MailboxSignals& now);

}  // namespace postbell::store
