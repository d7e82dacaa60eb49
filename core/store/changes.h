// SPDX-License-Identifier: Apache-2.0
// Rows that notifications change beside `pending`. For the writer's thread, inside a transaction.
#pragma once
#include "store/connection.h"
#include "store/seen.h"
#include "store/settlement.h"

namespace postbell::store {

void write(Connection& connection, const SubscriptionChange& change);
void write(Connection& connection, const MailboxChange& change);
/// Merged with the stored row. Nothing for a registration that is gone.
void writeSeen(Connection& connection, Id registration, const Seen& seen);

}  // namespace postbell::store
