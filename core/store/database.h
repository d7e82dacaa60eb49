// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "log/log.h"
#include "store/app_cache.h"
#include "store/group_writer.h"
#include "store/reader_pool.h"
#include "store/registration_rows.h"
#include "store/sealer.h"
#include "store/seen_ledger.h"
#include "store/sqlite_errors.h"
#include "store/store_lock.h"
#include "util/clock.h"

namespace postbell::store {

/// One SQLite file with its connections, its keys, and its caches. The desks share it. Thread-safe.
class Database {
  public:
    /// Opens the lock's database, creates it with mode 0600 if it is not there, and brings its
    /// schema up to date. Throws StoreError with a sentence: it cannot be opened, it is not
    /// Postbell's, it is a newer Postbell's, or it was sealed with another master key. `clock` and
    /// `log` must outlive it.
    Database(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log);

    const std::filesystem::path& file() const { return file_; }
    const Sealer& sealer() const { return sealer_; }
    ReaderPool& readers() { return readers_; }
    GroupWriter& writer() { return writer_; }
    const GroupWriter& writer() const { return writer_; }
    SeenLedger& seen() { return seen_; }
    /// The gateway's key under which mailboxes are looked up, made at the first start.
    const std::string& mailboxKey() const { return mailbox_key_; }

    /// Runs `visit` on a read connection, with SQLite's errors as StoreErrors.
    template <class Visit>
    auto read(Reads reads, const Visit& visit) {
        try {
            const ReaderPool::Loan loan(readers_, reads);
            return visit(*loan);
        } catch (const SQLite::Exception& error) {
            throw storeError(file_, error);
        } catch (const SealError& error) {
            throw sealError(error);
        }
    }
    template <class Visit>
    auto read(const Visit& visit) {
        return read(Reads::AllTables, visit);
    }
    /// Returns when the write is durable; what it throws is thrown.
    template <class Body>
    void write(const Body& body) {
        writer_.run(body);
    }
    StoreError sealError(const SealError& error) const {
        return StoreError("the database " + file_.string() + ": " + error.what());
    }

    /// Null: the app is gone.
    std::shared_ptr<const App> app(Id id);
    /// After an app was changed in the database.
    void appsChanged() { apps_.changed(); }
    /// With their apps, and up to date with what was seen; leaves out those whose app is gone.
    std::vector<Recipient> complete(std::vector<RecipientRow> rows);
    std::vector<Registration> complete(std::vector<RegistrationRow> rows);

  private:
    Connection openWriter();
    void checkMasterKey(Connection& connection) const;
    std::string readMailboxKey(Connection& connection) const;

    const StoreLock lock_;
    const std::filesystem::path file_;
    const Sealer sealer_;
    AppCache apps_;
    SeenLedger seen_;
    std::string mailbox_key_;  // set by openWriter()
    ReaderPool readers_;       // opens nothing before it is asked for
    GroupWriter writer_;       // opens and migrates
};

}  // namespace postbell::store
