// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <mutex>
#include <string>

#include "sqlite/database.h"
#include "sqlite/sqlite_credentials.h"
#include "sqlite/sqlite_directory.h"
#include "sqlite/sqlite_events.h"
#include "sqlite/sqlite_mailboxes.h"
#include "sqlite/sqlite_registrations.h"
#include "store/store.h"

namespace postbell::sqlite {

/// The store on one SQLite file: five desks over one database. Blocking writes must not be called
/// on the writer's thread, that is from `Batch::done` or the sink.
class SqliteStore final : public Store {
  public:
    /// As Database's.
    SqliteStore(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log,
                util::Heartbeats* heartbeats = nullptr);

    Events& events() override { return events_; }
    Registrations& registrations() override { return registrations_; }
    Mailboxes& mailboxes() override { return mailboxes_; }
    Directory& directory() override { return directory_; }
    Credentials& credentials() override { return credentials_; }
    SeenLedger& seen() override { return database_.seen(); }
    void backup(const std::string& file) override;
    bool isThere() override { return database_.file().loss().empty(); }
    std::string health() override;
    StoreStats stats() const override;
    void flush() override;

  private:
    std::mutex backup_mutex_;
    Database database_;
    SqliteEvents events_{database_};
    SqliteRegistrations registrations_{database_};
    SqliteMailboxes mailboxes_{database_};
    SqliteDirectory directory_{database_};
    SqliteCredentials credentials_{database_};
};

}  // namespace postbell::sqlite
