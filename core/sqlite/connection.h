// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include <SQLiteCpp/Database.h>

#include "sqlite/sql.h"
#include "sqlite/sqlite_errors.h"
#include "util/heartbeat.h"

struct sqlite3_stmt;

namespace postbell::sqlite {

/// One SQLite connection with its prepared statements. Confined to one thread at a time. SQLite's
/// errors are thrown as StoreError and DatabaseTrouble.
class Connection {
  public:
    enum class Access { Read, Write };

    Connection(const std::filesystem::path& file, Access access, int cache_kib);

    /// Prepared once for each text.
    sqlite3_stmt* statement(Sql sql);
    /// Throws the error of this result code, if it is one.
    void check(int result) const {
        if (result != SQLite::OK) fail(result);
    }
    [[noreturn]] void fail(int result) const;
    /// Runs the statements of a text, once.
    void execute(const std::string& sql);
    std::int64_t lastInsertId() const { return database_.getLastInsertRowid(); }
    /// Of the write-ahead log, as of the last commit.
    int logPages() const { return log_ ? log_->pages : 0; }
    /// Whether a commit has written to the write-ahead log since this was asked last.
    bool takeLogWritten() { return log_ && std::exchange(log_->written, false); }
    /// Writes the log into the database file, between transactions. False: a part of it is left,
    /// since a reader is on an older state or the disk fails.
    bool writeLogBack();
    /// False after SQLite has rolled a transaction back by itself, as it may when the disk is full.
    bool inTransaction() const;
    /// Statements that run beat `pulse` from now on, however long one takes; null: none. The pulse
    /// is the caller's.
    void showLife(util::Heartbeat* pulse);

  private:
    /// The write-ahead log, as of the last commit that wrote to it.
    struct Log {
        int pages = 0;
        bool written = false;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };

    const std::filesystem::path file_;
    SQLite::Database database_;
    std::unique_ptr<Log> log_;  // SQLite has the address
    std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

}  // namespace postbell::sqlite
