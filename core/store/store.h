// SPDX-License-Identifier: Apache-2.0
// The whole store: five desks and their upkeep, on a database engine.
//
// Others see the desks' interfaces, which stand here, and records/, the values in them. Behind,
// from the ground up:
// - records/: values and their rules: the life of a pending row, a subscription and a token
// - seal/: the master key, and where sealed values stand
// - rows/: an engine's part, and all that one implements
// - rules/: the changes of several rows that belong together
// - writer/: the thread that commits all writes in groups
// - desk/: the desks, on readers and writer of a Database
#pragma once
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "log/log.h"
#include "store/credentials.h"
#include "store/desk/unopened.h"
#include "store/directory.h"
#include "store/events.h"
#include "store/mailboxes.h"
#include "store/records/store_stats.h"
#include "store/registrations.h"
#include "store/seal/sealer.h"
#include "store/writer/seen_ledger.h"
#include "util/clock.h"
#include "util/heartbeat.h"
#include "util/real_time.h"

namespace postbell::store {

class Engine;

/// Each part of the gateway takes the desks that it uses, and no more. Writes are grouped by one
/// writer thread, and a write that comes alone does not wait for company. Blocking writes must not
/// be called on the writer's thread, that is from `Batch::done` or the sink. Thread-safe.
class Store {
  public:
    /// Makes the keys of a new database. Throws StoreError with a sentence: the database was sealed
    /// with another master key, or cannot be written. `clock`, `log` and `heartbeats`, which the
    /// writer's thread beats, must outlive it.
    Store(std::unique_ptr<Engine> engine, Sealer sealer, const util::Clock& clock, log::Log& log,
          util::Heartbeats* heartbeats = nullptr);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    Events& events();
    Registrations& registrations();
    Mailboxes& mailboxes();
    Directory& directory();
    Credentials& credentials();
    SeenLedger& seen();

    /// Writes a whole copy of the database, as of now, to a new file of mode 0600, which has its
    /// name once the copy is whole and on disk. Throws StoreError, also once it is told to stop.
    void backup(const std::string& file, const std::stop_token& stop = {});
    /// Whether the database is still where it was opened, and this process's alone: false, and
    /// every write fails. To be called now and then, by one thread.
    bool isThere();
    /// Tries whether the database can be written now. Empty: it can; else the reason.
    std::string health();
    /// Why reads failed in the last seconds; empty: none did.
    std::string readTrouble() const;
    /// The last sign of life of the read or commit under way that has shown none for longest;
    /// nothing: none is under way. A disk that hangs keeps it for long. Never waits.
    std::optional<util::RealTime> silentSince() const;
    /// When a gateway last said markAlive(); not set: never.
    util::WallTime lastAlive();
    /// Queued, and written in passing.
    void markAlive(util::WallTime now);
    StoreStats stats() const;
    /// Opens every sealed value: seconds for a million. What `progress` throws ends it.
    Unopened findUnopened(const Progress& progress = {});
    /// Of the master key, with which the database was sealed: see MasterKey::fingerprint().
    std::string masterKeyFingerprint() const;
    /// Rows with a sealed value that did not open since the start.
    std::size_t unopenedRows() const;
    /// Waits until every write that was queued before is committed (or has failed).
    void flush();

  private:
    struct Desks;
    const std::unique_ptr<Desks> desks_;
};

}  // namespace postbell::store
