// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_engine.h"

#include <utility>

#include "sqlite/migrations.h"
#include "sqlite/sqlite_backup.h"
#include "store/stored_keys.h"

namespace postbell::sqlite {

namespace {

constexpr int kWriterCacheKib = 32 * 1024;

}  // namespace

SqliteEngine::SqliteEngine(StoreLock lock, const Sealer& sealer)
    : lock_(std::move(lock)),
      file_(lock_.database()),
      session_(openWriter(sealer), readers_, file_),
      readers_(file_) {
    file_.watchLog();
}

Connection SqliteEngine::openWriter(const Sealer& sealer) const {
    Connection connection(file_.path(), Connection::Access::Write, kWriterCacheKib);
    const bool empty = stepsTaken(connection, file_.path()) == 0;
    if (empty && !file_.isNew())
        throw StoreError("the database " + file_.path().string() +
                         " has no tables, which is what an interrupted copy or first start leaves. "
                         "If there was a store, restore it from a backup; if there was none, "
                         "remove the file, and Postbell creates its own");
    // No step seals with a wrong key.
    if (!empty) checkMasterKey(SqliteMetaRows(connection), sealer, name());
    migrate(connection, file_.path(), sealer);
    return connection;
}

void SqliteEngine::complete() {
    file_.complete();
    lock_.noteStore();
}

bool SqliteEngine::isThere() {
    if (!lock_.keep()) file_.abandon();
    return file_.loss().empty();
}

void SqliteEngine::backup(const std::string& file, const std::stop_token& stop) {
    const std::lock_guard one_at_a_time(backup_mutex_);
    backUp(file_, file, stop);
}

}  // namespace postbell::sqlite
