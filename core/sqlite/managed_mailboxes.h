// SPDX-License-Identifier: Apache-2.0
// Mailboxes whose subscription the gateway holds itself, and the registrations that they serve.
// Changes are for the writer's thread, inside a transaction.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "sqlite/write_context.h"

namespace postbell::sqlite {

/// A mailbox that was proven to be a user's.
struct ProvenMailbox {
    std::string instance;
    std::string key;     ///< HMAC under the gateway's key
    std::string sealed;  ///< under kMailboxPlace
};

/// From now on the registration is served by the mailbox's subscription; the reported one counts as
/// replaced.
void manage(WriteContext& context, Id registration, const ProvenMailbox& mailbox,
            util::WallTime now);
/// The mailbox serves the registration no longer. Nothing for a registration that none serves.
void leaveMailbox(Connection& connection, Id registration);

/// Makes the mailbox due, after a change that its tasks depend on.
void wakeMailbox(Connection& connection, Id mailbox);
void wakeMailboxOf(Connection& connection, Id registration);
void wakeMailboxesOfApp(Connection& connection, Id app);

/// "SELECT <a managed subscription's columns><more columns> FROM managed m <rest>".
std::string selectMailboxes(std::string_view rest, std::string_view more_columns);
/// The number of the first of the more columns.
constexpr int kMailboxColumns = 7;
void readMailboxSubscription(const Query& query, MailboxSubscription& subscription);

/// Id 0: the mailbox is gone.
MailboxState readMailboxState(Connection& connection, Id mailbox);

}  // namespace postbell::sqlite
