// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <span>

#include "store/connection.h"

namespace postbell::store {

/// Every migration of this version, in order; the first makes the schema of an empty database. A
/// released one is never changed.
std::span<const char* const> migrations();

/// Brings the database to the newest schema, each step in a transaction of its own with the number
/// of steps done in `PRAGMA user_version`. Throws StoreError if the file is another program's or a
/// newer Postbell's.
void migrate(Connection& connection, const std::filesystem::path& file,
             std::span<const char* const> steps = migrations());

}  // namespace postbell::store
