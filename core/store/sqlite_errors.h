// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include <SQLiteCpp/Exception.h>

#include "store/store.h"

namespace postbell::store {

/// In words for the admin.
StoreError storeError(const std::filesystem::path& file, const SQLite::Exception& error);
/// Whether it is the database's trouble (full, locked, read-only ...), not that of one statement.
bool concernsDatabase(const SQLite::Exception& error);

}  // namespace postbell::store
