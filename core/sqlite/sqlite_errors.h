// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include <SQLiteCpp/Exception.h>

namespace postbell::sqlite {

/// Throws the error in words for the admin: a store::DatabaseTrouble where the database as a whole
/// cannot be used (full, locked, read-only ...), else a store::StoreError.
[[noreturn]] void throwStoreError(const std::filesystem::path& file,
                                  const SQLite::Exception& error);

}  // namespace postbell::sqlite
