// SPDX-License-Identifier: Apache-2.0
// Mailboxes whose subscription the gateway holds itself, and the registrations that they serve.
// What changes something is for the writer's thread, inside a transaction.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/group_writer.h"
#include "store/records.h"

namespace postbell::store {

constexpr const char* kMailboxPlace = "managed.mailbox";

/// A mailbox that was proven to be somebody's.
struct ProvenMailbox {
    std::string instance;
    std::string key;     ///< HMAC under the gateway's key
    std::string sealed;  ///< under kMailboxPlace
};

/// From now on the registration is served by the mailbox's subscription; what the app reported
/// before counts as replaced.
void manage(WriteContext& context, Id registration, const ProvenMailbox& mailbox,
            std::int64_t now_ms);
/// The registration is not managed any more; does nothing if it was not.
void leaveManaged(Connection& connection, Id registration);

/// Makes the mailbox due: something that its tasks depend on has changed.
void wakeMailbox(Connection& connection, Id managed);
void wakeMailboxOf(Connection& connection, Id registration);
void wakeMailboxesOfApp(Connection& connection, Id app);

/// "SELECT <a managed subscription's columns><more columns> FROM managed m <rest>".
std::string selectManaged(std::string_view rest, std::string_view more_columns);
/// The number of the first of the more columns.
constexpr int kManagedColumns = 7;
void readManagedSubscription(const Query& query, ManagedSubscription& subscription);

/// Id 0: the mailbox is gone.
ManagedState readManagedState(Connection& connection, Id managed);

}  // namespace postbell::store
