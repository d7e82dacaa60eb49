// SPDX-License-Identifier: Apache-2.0
// One SQLite connection with its prepared statements, and a statement's run.
#pragma once
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "sqlite/sqlite_errors.h"
#include "util/time.h"

namespace postbell::sqlite {

/// Confined to one thread at a time. SQLite's errors are thrown as StoreError and DatabaseTrouble.
class Connection {
  public:
    enum class Access { Read, Write };

    Connection(const std::filesystem::path& file, Access access, int cache_kib);

    /// Runs `use` with SQLite's errors as the store's.
    template <class Use>
    auto guarded(const Use& use) const {
        try {
            return use();
        } catch (const SQLite::Exception& error) {
            throwStoreError(file_, error);
        }
    }

    /// Prepared once for each text, by its address: texts are literals or live as long as the
    /// program.
    SQLite::Statement& statement(const char* sql);
    void execute(const char* sql) {
        guarded([&] { database_.exec(sql); });
    }
    void execute(const std::string& sql) { execute(sql.c_str()); }
    std::int64_t lastInsertId() const { return database_.getLastInsertRowid(); }
    /// Of the write-ahead log, as of the last commit.
    int logPages() const { return log_pages_ ? *log_pages_ : 0; }
    /// Writes the log into the database file, between transactions. False: a part of it is left,
    /// since a reader is on an older state or the disk fails.
    bool writeLogBack();
    /// False after SQLite has rolled a transaction back by itself, as it may when the disk is full.
    bool inTransaction() const;

  private:
    const std::filesystem::path file_;
    SQLite::Database database_;
    std::unique_ptr<int> log_pages_;  // SQLite has the address
    std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
};

/// Bytes as a BLOB; std::string and std::string_view are TEXT.
struct Blob {
    std::string_view bytes;
};

/// One run of a statement, which is ready for its next run when this ends. One run of a statement
/// at a time.
class Query {
  public:
    template <class... Values>
    Query(Connection& connection, const char* sql, const Values&... values)
        : connection_(connection), statement_(connection.statement(sql)) {
        connection.guarded([&] {
            int index = 0;
            (bind(++index, values), ...);
        });
    }
    ~Query() { statement_.tryReset(); }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// Steps to the next row; false: there is none.
    bool next() {
        return connection_.guarded([&] { return statement_.executeStep(); });
    }
    /// Runs a statement that gives no rows; how many it inserted, changed or deleted.
    std::int64_t run() {
        return connection_.guarded([&] { return statement_.exec(); });
    }

    std::int64_t number(int column) const { return statement_.getColumn(column).getInt64(); }
    bool flag(int column) const { return number(column) != 0; }
    util::WallTime time(int column) const { return util::fromMs(number(column)); }
    /// Of TEXT and BLOB; empty for NULL.
    std::string text(int column) const { return statement_.getColumn(column).getString(); }

  private:
    template <std::integral Integer>
    void bind(int index, Integer value) {
        statement_.bind(index, static_cast<std::int64_t>(value));
    }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void bind(int index, Enum value) { statement_.bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, util::WallTime time) { bind(index, util::toMs(time)); }
    void bind(int index, std::string_view text) { statement_.bind(index, std::string(text)); }
    void bind(int index, std::nullptr_t) { statement_.bind(index); }
    void bind(int index, Blob blob) {
        // A null pointer would be NULL, not an empty BLOB.
        const char* data = blob.bytes.data() ? blob.bytes.data() : "";
        statement_.bind(index, data, static_cast<int>(blob.bytes.size()));
    }

    const Connection& connection_;
    SQLite::Statement& statement_;
};

}  // namespace postbell::sqlite
