// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>

#include "sqlite/connection.h"

namespace postbell::sqlite {

/// The steps from an empty database to the newest schema, in order, each as SQL. A released one is
/// never changed. A step gives no sealed value a new meaning: see docs/decisions/sealed-values.md.
struct Schema {
    std::int64_t first = 1;  ///< the version that the first step makes
    std::span<const char* const> steps;

    std::int64_t newest() const { return first + std::ssize(steps) - 1; }
};

/// Of this version of Postbell.
Schema schema();

/// The version of the database; 0: it is empty. Throws StoreError if the file is another program's,
/// a newer Postbell's, or one's of before the first step.
std::int64_t versionOf(Connection& connection, const std::filesystem::path& file,
                       const Schema& known = schema());

/// Brings the database to the newest schema, each step in a transaction of its own with its version
/// in `PRAGMA user_version`. Throws as versionOf().
void migrate(Connection& connection, const std::filesystem::path& file,
             const Schema& known = schema());

}  // namespace postbell::sqlite
