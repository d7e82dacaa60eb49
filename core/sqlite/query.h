// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <sqlite3.h>

#include "sqlite/connection.h"
#include "util/time.h"

namespace postbell::sqlite {

/// Bytes as a BLOB; std::string and std::string_view are TEXT.
struct Blob {
    std::string_view bytes;
};

/// Ids as a JSON array, for `IN (SELECT value FROM json_each(?1))`: one statement for any number.
struct Ids {
    std::span<const std::int64_t> ids;
};

/// One run of a statement, which is ready for its next run when this ends. One run of a statement
/// at a time. Throws StoreError and DatabaseTrouble.
class Query {
  public:
    template <class... Values>
    Query(Connection& connection, Sql sql, const Values&... values)
        : connection_(connection), statement_(connection.statement(sql)) {
        int index = 0;
        (bind(++index, values), ...);
    }
    ~Query() { sqlite3_reset(statement_); }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// Steps to the next row; false: there is none, and next() is not called again.
    bool next();
    /// Runs a statement that gives no rows; how many it inserted, changed or deleted.
    std::int64_t run();

    std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
    bool flag(int column) const { return number(column) != 0; }
    util::WallTime time(int column) const { return util::fromMs(number(column)); }
    /// Of TEXT and BLOB; empty for NULL.
    std::string text(int column) const { return std::string(view(column)); }
    /// The same, until the next row.
    std::string_view view(int column) const {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
        return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }

  private:
    template <std::integral Integer>
    void bind(int index, Integer value) {
        connection_.check(sqlite3_bind_int64(statement_, index, static_cast<std::int64_t>(value)));
    }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void bind(int index, Enum value) { bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, util::WallTime time) { bind(index, util::toMs(time)); }
    void bind(int index, std::string_view text);
    void bind(int index, Blob blob);
    void bind(int index, Ids ids);
    void bind(int index, std::nullptr_t) {
        connection_.check(sqlite3_bind_null(statement_, index));
    }
    template <class Value>
    void bind(int index, const std::optional<Value>& value) {
        value ? bind(index, *value) : bind(index, nullptr);
    }

    const Connection& connection_;
    sqlite3_stmt* const statement_;
};

}  // namespace postbell::sqlite
