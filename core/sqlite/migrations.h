// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>

#include "sqlite/connection.h"
#include "sqlite/words.h"
#include "store/sealer.h"

namespace postbell::sqlite {

/// One step from a schema to the next.
struct Migration {
    const char* sql;
    /// Follows the SQL in the same transaction; null: the SQL is all.
    void (*seal)(Connection& connection, const Sealer& sealer) = nullptr;
};

/// Every migration of this version, in order; the first makes the schema of an empty database. A
/// released one is never changed.
std::span<const Migration> migrations();

/// How many steps the database has taken; 0: it is empty. Throws StoreError if the file is another
/// program's or a newer Postbell's.
std::size_t stepsTaken(Connection& connection, const std::filesystem::path& file,
                       std::span<const Migration> steps = migrations());

/// Brings the database to the newest schema, each step in a transaction of its own with the number
/// of steps taken in `PRAGMA user_version`. Throws as stepsTaken(). Afterwards neither the database
/// nor its log holds a value that a step has sealed. `sealer` must have the database's own key.
void migrate(Connection& connection, const std::filesystem::path& file, const Sealer& sealer,
             std::span<const Migration> steps = migrations());

}  // namespace postbell::sqlite
