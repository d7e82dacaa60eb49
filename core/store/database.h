// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "log/log.h"
#include "store/app_cache.h"
#include "store/engine.h"
#include "store/group_writer.h"
#include "store/recent_trouble.h"
#include "store/row_completer.h"
#include "store/sealer.h"
#include "store/seen_ledger.h"
#include "store/store_error.h"
#include "util/clock.h"
#include "util/real_time.h"

namespace postbell::store {

/// The tools of a desk's write, on the writer's thread and inside its transaction.
struct WriteContext {
    Tables& tables;
    PendingTable& pending;
};

/// A database engine with the store's keys, writer and caches. The desks share it. Thread-safe.
class Database {
  public:
    /// Makes the keys of a new database. Throws StoreError with a sentence: the database was sealed
    /// with another master key, or cannot be written. `clock`, `log` and `heartbeats`, which the
    /// writer's thread beats, must outlive it.
    Database(std::unique_ptr<Engine> engine, Sealer sealer, const util::Clock& clock, log::Log& log,
             util::Heartbeats* heartbeats = nullptr);

    Engine& engine() { return *engine_; }
    const Sealer& sealer() const { return sealer_; }
    GroupWriter& writer() { return writer_; }
    const GroupWriter& writer() const { return writer_; }
    SeenLedger& seen() { return seen_; }
    AppCache& apps() { return apps_; }
    const RowCompleter& completer() const { return completer_; }
    /// The gateway's key under which mailboxes are looked up.
    const std::string& mailboxKey() const { return mailbox_key_; }
    /// See WriteSession.
    std::uint64_t dataVersion() const { return engine_->session().dataVersion(); }

    /// Runs `visit` with the tables of a read session.
    template <class Visit>
    auto read(Reads reads, const Visit& visit) {
        try {
            const ReadLoan loan(*engine_, reads);
            return visit(loan.tables());
        } catch (const DatabaseTrouble& trouble) {
            read_trouble_.note(trouble.what(), util::realNow());
            throw;
        } catch (const DatabaseDamage& damage) {
            read_trouble_.note(damage.what(), util::realNow());
            throw;
        }
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
    /// Why reads failed in the last seconds; empty: none did.
    std::string readTrouble() const { return read_trouble_.recent(util::realNow()); }
    /// Opens a sealed value. Throws StoreError.
    std::string opened(std::string_view place, std::string_view row, std::string_view sealed) const;

  private:
    template <class Body>
    void runWrite(const Body& body, PendingTable& pending) {
        WriteContext context{engine_->session().tables(), pending};
        body(context);
    }
    std::string makeKeys();

    const std::unique_ptr<Engine> engine_;
    const Sealer sealer_;
    RecentTrouble read_trouble_;
    SeenLedger seen_;
    AppCache apps_;
    const RowCompleter completer_;
    const std::string mailbox_key_;
    GroupWriter writer_;
};

}  // namespace postbell::store
