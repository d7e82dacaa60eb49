// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.h"

#include "sqlite/migrations.h"
#include "sqlite/tenant_rows.h"
#include "store/sealed_places.h"
#include "util/crypto.h"

namespace postbell::sqlite {

namespace {

constexpr int kWriterCacheKib = 32 * 1024;
constexpr const char* kKeyCheck = "key_check";
constexpr const char* kKeyCheckText = "this database is sealed with this key";

constexpr std::size_t kMailboxKeyBytes = 32;
constexpr const char* kMailboxKey = "mailbox_key";

}  // namespace

Database::Database(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log,
                   util::Heartbeats* heartbeats)
    : lock_(std::move(lock)),
      file_(lock_.database()),
      log_(log),
      sealer_(std::move(sealer)),
      apps_([this](Id id) {
          return read([&](Connection& connection) { return findApp(connection, id); });
      }),
      completer_(apps_, seen_, clock),
      session_(openWriter(), readers_, file_),
      readers_(file_),
      writer_(session_, seen_, clock, log, heartbeats) {}

Connection Database::openWriter() {
    Connection connection(file_.path(), Connection::Access::Write, kWriterCacheKib);
    const bool empty = stepsTaken(connection, file_.path()) == 0;
    if (empty && !file_.isNew())
        throw StoreError("the database " + file_.path().string() +
                         " has no tables, which is what an interrupted copy or first start leaves. "
                         "If there was a store, restore it from a backup; if there was none, "
                         "remove the file, and Postbell creates its own");
    // Nothing is sealed with a wrong key.
    if (!empty) checkMasterKey(connection);
    migrate(connection, file_.path(), sealer_);
    checkMasterKey(connection);
    mailbox_key_ = readMailboxKey(connection);
    if (file_.isNew()) log_.info("made a new store", {{"database", file_.path().string()}});
    file_.complete();
    lock_.noteStore();
    return connection;
}

void Database::checkMasterKey(Connection& connection) const {
    Query stored(connection, "SELECT value FROM meta WHERE name = ?1", kKeyCheck);
    if (!stored.next()) {
        Query(connection, "INSERT INTO meta (name, value) VALUES (?1, ?2)", kKeyCheck,
              Blob{sealer_.seal(kMetaPlace, kKeyCheck, kKeyCheckText)})
            .run();
        return;
    }
    try {
        if (sealer_.open(kMetaPlace, kKeyCheck, stored.text(0)) == kKeyCheckText) return;
    } catch (const SealError&) {
        // Said below, in a sentence that an admin can act upon.
    }
    throw StoreError("the master key in " + sealer_.source() +
                     " is not the one this database was sealed with (" + file_.path().string() +
                     ")");
}

std::string Database::readMailboxKey(Connection& connection) const {
    std::string sealed;
    {
        Query stored(connection, "SELECT value FROM meta WHERE name = ?1", kMailboxKey);
        if (stored.next()) sealed = stored.text(0);
    }
    if (!sealed.empty()) return opened(kMetaPlace, kMailboxKey, sealed);
    std::string key = util::randomBytes(kMailboxKeyBytes);
    Query(connection, "INSERT INTO meta (name, value) VALUES (?1, ?2)", kMailboxKey,
          Blob{sealer_.seal(kMetaPlace, kMailboxKey, key)})
        .run();
    return key;
}

std::string Database::opened(std::string_view place, std::string_view row,
                             std::string_view sealed) const {
    try {
        return sealer_.open(place, row, sealed);
    } catch (const SealError& error) {
        throw StoreError("the database " + file_.path().string() + ": " + error.what());
    }
}

}  // namespace postbell::sqlite
