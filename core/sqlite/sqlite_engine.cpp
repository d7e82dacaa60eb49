// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_engine.h"

#include <utility>

#include "sqlite/migrations.h"
#include "sqlite/sqlite_backup.h"

namespace postbell::sqlite {

namespace {

constexpr int kWriterCacheKib = 32 * 1024;

}  // namespace

SqliteEngine::SqliteEngine(StoreLock lock)
    : lock_(std::move(lock)),
      file_(lock_.database()),
      session_(openWriter(), readers_, file_),
      readers_(file_) {
    file_.watchLog();
}

Connection SqliteEngine::openWriter() const {
    Connection connection(file_.path(), Connection::Access::Write, kWriterCacheKib);
    if (versionOf(connection, file_.path()) == 0 && !file_.isNew())
        throw StoreError("the database " + file_.path().string() +
                         " has no tables, which is what an interrupted copy or first start leaves. "
                         "If there was a store, restore it from a backup; if there was none, "
                         "remove the file, and Postbell creates its own");
    migrate(connection, file_.path());
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
