// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "log/log.h"
#include "store/desk/app_cache.h"
#include "store/desk/recent_trouble.h"
#include "store/desk/row_completer.h"
#include "store/desk/unopened_rows.h"
#include "store/records/store_error.h"
#include "store/rows/engine.h"
#include "store/seal/sealed_places.h"
#include "store/seal/sealer.h"
#include "store/writer/group_writer.h"
#include "store/writer/seen_ledger.h"
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
    GroupWriter& writer() { return writer_; }
    const GroupWriter& writer() const { return writer_; }
    SeenLedger& seen() { return seen_; }
    AppCache& apps() { return apps_; }
    const RowCompleter& completer() const { return completer_; }
    /// The gateway's key under which mailboxes are looked up. Throws UnopenedRow.
    const std::string& mailboxKey() const;
    const Sealer& sealer() const { return sealer_; }
    bool hasMailboxKey() const { return mailbox_key_.has_value(); }
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
    /// See GroupWriter::keep().
    template <class Body>
    void keep(const std::string& key, Body body, const std::function<void()>& durable = {}) {
        writer_.keep(
            key, [this, body = std::move(body)](PendingTable& pending) { runWrite(body, pending); },
            durable);
    }
    /// Why reads failed in the last seconds; empty: none did.
    std::string readTrouble() const { return read_trouble_.recent(util::realNow()); }
    /// See Store.
    std::optional<util::RealTime> silentSince() const;
    /// Seals a value of the row. `place`: a literal of sealed_places.h.
    std::string sealed(std::string_view place, const SealedRow& row, std::string_view plain);
    /// Opens a sealed value of the row. Throws UnopenedRow, and the row is reported.
    std::string opened(std::string_view place, const SealedRow& row, std::string_view sealed);
    /// Whether a sealed value of the row opens; a row that does not is not reported.
    bool opens(std::string_view place, const SealedRow& row, std::string_view sealed) const;
    const UnopenedRows& unopened() const { return unopened_; }
    util::WallTime now() const { return clock_.wall(); }

  private:
    template <class Body>
    void runWrite(const Body& body, PendingTable& pending) {
        WriteContext context{engine_->session().tables(), pending};
        body(context);
    }
    std::optional<std::string> makeKeys();

    const std::unique_ptr<Engine> engine_;
    const util::Clock& clock_;
    const Sealer sealer_;
    UnopenedRows unopened_;
    RecentTrouble read_trouble_;
    SeenLedger seen_;
    AppCache apps_;
    const RowCompleter completer_;
    const std::optional<std::string> mailbox_key_;
    GroupWriter writer_;
};

}  // namespace postbell::store
