// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "log/log.h"
#include "sqlite/database_file.h"
#include "sqlite/reader_pool.h"
#include "sqlite/sqlite_session.h"
#include "sqlite/store_lock.h"
#include "sqlite/write_context.h"
#include "store/app_cache.h"
#include "store/group_writer.h"
#include "store/registration_row.h"
#include "store/sealer.h"
#include "store/seen_ledger.h"
#include "util/clock.h"

namespace postbell::sqlite {

/// One SQLite file with its connections, its keys, and its caches. The desks share it. Thread-safe.
class Database {
  public:
    /// Opens the lock's database, creates it with mode 0600 if it is not there, and brings its
    /// schema up to date. Throws StoreError with a sentence: it cannot be opened, it is empty,
    /// it is not Postbell's, it is a newer Postbell's, or it was sealed with another master key.
    /// `clock` and `log` must outlive it.
    Database(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log,
             util::Heartbeats* heartbeats = nullptr);

    const DatabaseFile& file() const { return file_; }
    const Sealer& sealer() const { return sealer_; }
    ReaderPool& readers() { return readers_; }
    GroupWriter& writer() { return writer_; }
    const GroupWriter& writer() const { return writer_; }
    SeenLedger& seen() { return seen_; }
    AppCache& apps() { return apps_; }
    const RowCompleter& completer() const { return completer_; }
    /// The gateway's key under which mailboxes are looked up, made at the first start.
    const std::string& mailboxKey() const { return mailbox_key_; }

    /// Runs `visit` on a read connection.
    template <class Visit>
    auto read(Reads reads, const Visit& visit) {
        const ReaderPool::Loan loan(readers_, reads);
        return visit(*loan);
    }
    template <class Visit>
    auto read(const Visit& visit) {
        return read(Reads::AllTables, visit);
    }
    /// Returns when the write is durable; throws what `body` throws. `body` is given a
    /// WriteContext, and must give the same when it runs twice.
    template <class Body>
    void write(const Body& body) {
        writer_.run([this, &body](PendingTable& pending) { runWrite(body, pending); });
    }
    /// Queued, and tried again until it is durable; a later write with the same key takes its
    /// place.
    template <class Body>
    void keep(const std::string& key, Body body) {
        writer_.keep(key, [this, body = std::move(body)](PendingTable& pending) {
            runWrite(body, pending);
        });
    }
    /// Opens a sealed value. Throws StoreError.
    std::string opened(std::string_view place, std::string_view row, std::string_view sealed) const;

  private:
    template <class Body>
    void runWrite(const Body& body, PendingTable& pending) {
        WriteContext context{session_.connection(), pending};
        body(context);
    }
    Connection openWriter();
    void checkMasterKey(Connection& connection) const;
    std::string readMailboxKey(Connection& connection) const;

    const StoreLock lock_;
    DatabaseFile file_;
    log::Log& log_;
    const Sealer sealer_;
    SeenLedger seen_;
    AppCache apps_;
    const RowCompleter completer_;
    std::string mailbox_key_;  // set by openWriter()
    // Destroyed after the readers: the connection that is closed last tidies the write-ahead log
    // up, and must be one that writes.
    SqliteSession session_;
    ReaderPool readers_;
    GroupWriter writer_;
};

}  // namespace postbell::sqlite
