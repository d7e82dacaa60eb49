// SPDX-License-Identifier: Apache-2.0
#include "sqlite/connection.h"

#include <sqlite3.h>

#include <mutex>

#include "store/records/store_error.h"

namespace postbell::sqlite {

namespace {

// Another process's lock is waited for this long, and no longer: mail servers are waiting as well,
// and can try again.
constexpr int kBusyTimeoutMs = 1000;

/// Some ten microseconds of work in memory.
constexpr int kInstructionsBetweenBeats = 1'000;

int flagsOf(Connection::Access access) {
    return SQLite::OPEN_NOMUTEX |
           (access == Connection::Access::Read ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE);
}

/// SQLite counts the memory of all connections under one lock, which every thread that reads or
/// writes would wait for several times a statement. The sum is of no use here.
void countNoMemory() {
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

SQLite::Database open(const std::filesystem::path& file, Connection::Access access) {
    countNoMemory();
    try {
        return {file.string(), flagsOf(access), kBusyTimeoutMs};
    } catch (const SQLite::Exception& error) {
        throwStoreError(file, error);
    }
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, Access access, int cache_kib)
    : file_(file), database_(open(file, access)) {
    // No memory map: its pages would count as this process's memory once for each connection.
    execute("PRAGMA mmap_size = 0; PRAGMA cache_size = -" + std::to_string(cache_kib));
    if (access == Access::Read) return;
    // Where a file cannot be opened for writing, for want of a descriptor too, SQLite opens it for
    // reading, and says nothing.
    if (sqlite3_db_readonly(database_.getHandle(), "main") == 1)
        throw store::DatabaseTrouble("the database " + file.string() +
                                     ": it cannot be opened for writing");
    // In place of SQLite's own, which writes the log back in the middle of a commit.
    log_ = std::make_unique<Log>();
    sqlite3_wal_hook(
        database_.getHandle(),
        [](void* log, sqlite3*, const char*, int pages) {
            *static_cast<Log*>(log) = {pages, true};
            return SQLITE_OK;
        },
        log_.get());
    // FULL: a commit is on disk when it returns, also in WAL mode. secure_delete: erased
    // bytes are overwritten.
    execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
        "PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864");
}

void Connection::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

sqlite3_stmt* Connection::statement(Sql sql) {
    auto& slot = statements_[sql.text()];
    if (!slot) {
        sqlite3_stmt* prepared = nullptr;
        check(sqlite3_prepare_v3(database_.getHandle(), sql.text(), -1, SQLITE_PREPARE_PERSISTENT,
                                 &prepared, nullptr));
        slot.reset(prepared);
    }
    return slot.get();
}

void Connection::fail(int result) const {
    throwStoreError(file_, SQLite::Exception(database_.getHandle(), result));
}

void Connection::execute(const std::string& sql) {
    try {
        database_.exec(sql);
    } catch (const SQLite::Exception& error) {
        throwStoreError(file_, error);
    }
}

bool Connection::writeLogBack() {
    int pages = 0, written = 0;
    const int result = sqlite3_wal_checkpoint_v2(database_.getHandle(), nullptr,
                                                 SQLITE_CHECKPOINT_PASSIVE, &pages, &written);
    return result == SQLITE_OK && written == pages;
}

void Connection::showLife(util::Heartbeat* pulse) {
    const auto beat = [](void* told) {
        static_cast<util::Heartbeat*>(told)->beat();
        return 0;  // the statement goes on
    };
    sqlite3_progress_handler(database_.getHandle(),
                             pulse != nullptr ? kInstructionsBetweenBeats : 0, beat, pulse);
}

bool Connection::inTransaction() const {
    return sqlite3_get_autocommit(database_.getHandle()) == 0;
}

}  // namespace postbell::sqlite
