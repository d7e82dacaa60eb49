// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/database.h"
#include "store/sqlite_credentials.h"
#include "store/sqlite_directory.h"
#include "store/sqlite_events.h"
#include "store/sqlite_mailboxes.h"
#include "store/sqlite_registrations.h"
#include "store/store.h"

namespace postbell::store {

/// The store on one SQLite file: a desk for each interface, over one database. Blocking writes must
/// not be called on the writer's thread, that is from `Batch::done` or the sink.
class SqliteStore final : public Store,
                          private Database,
                          public SqliteEvents,
                          public SqliteRegistrations,
                          public SqliteMailboxes,
                          public SqliteDirectory,
                          public SqliteCredentials {
  public:
    /// As Database's.
    SqliteStore(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log);

    SeenLedger& seen() override { return database().seen(); }
    void backup(const std::string& file) override;
    std::string health() override;
    StoreStats stats() const override;
    void flush() override;

  private:
    Database& database() { return *this; }
};

}  // namespace postbell::store
