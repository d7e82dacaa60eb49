// SPDX-License-Identifier: Apache-2.0
// The whole store: five desks and their upkeep. A database engine implements it.
#pragma once
#include <string>

#include "store/credentials.h"
#include "store/directory.h"
#include "store/events.h"
#include "store/mailboxes.h"
#include "store/registrations.h"
#include "store/seen_ledger.h"
#include "store/store_stats.h"

namespace postbell::store {

/// Each part of the gateway takes the desks that it uses, and no more. Writes are grouped by one
/// writer thread, and a write that comes alone does not wait for company. Thread-safe.
class Store {
  public:
    virtual ~Store() = default;

    virtual Events& events() = 0;
    virtual Registrations& registrations() = 0;
    virtual Mailboxes& mailboxes() = 0;
    virtual Directory& directory() = 0;
    virtual Credentials& credentials() = 0;
    virtual SeenLedger& seen() = 0;

    /// Writes a whole copy of the database, as of now, to a new file of mode 0600, which has its
    /// name once the copy is whole and on disk.
    virtual void backup(const std::string& file) = 0;
    /// Whether the database is still where it was opened: false, and every write fails.
    virtual bool isThere() = 0;
    /// Tries whether the database can be written now. Empty: it can; else the reason.
    virtual std::string health() = 0;
    virtual StoreStats stats() const = 0;
    /// Waits until every write that was queued before is committed (or has failed).
    virtual void flush() = 0;
};

}  // namespace postbell::store
