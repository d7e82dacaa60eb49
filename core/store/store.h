// SPDX-License-Identifier: Apache-2.0
// All of Postbell's SQL is behind these interfaces, so that another database can take SQLite's
// place.
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

/// The whole store: five desks and their upkeep. Who needs a part of it takes that desk alone.
/// Writes are grouped by one writer thread, and one that comes alone does not wait for company.
class Store : public virtual Events,
              public virtual Registrations,
              public virtual Mailboxes,
              public virtual Directory,
              public virtual Credentials {
  public:
    Events& events() { return *this; }
    Registrations& registrations() { return *this; }
    Mailboxes& mailboxes() { return *this; }
    Directory& directory() { return *this; }
    Credentials& credentials() { return *this; }
    virtual SeenLedger& seen() = 0;

    /// Writes a whole copy of the database, as of now, to a new file of mode 0600.
    virtual void backup(const std::string& file) = 0;
    /// Commits and closes nothing: tries whether the database can be written now. Empty: yes; else
    /// why not.
    virtual std::string health() = 0;
    virtual StoreStats stats() const = 0;
    /// Waits until what was queued before is committed (or has failed).
    virtual void flush() = 0;
};

}  // namespace postbell::store
