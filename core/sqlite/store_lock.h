// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "util/file_descriptor.h"

namespace postbell::sqlite {

/// The permission to open a database: one gateway or command holds it. An advisory lock (flock) on
/// `<database>.lock`, which ends with the process, however it ends. The file stays, and holds the
/// process id of the last holder. The lock lies beside the database itself, whatever symbolic links
/// lead there.
class StoreLock {
  public:
    /// Nothing: another process (or another StoreLock of this one) holds it. Throws StoreError if
    /// the file cannot be made, or if the database has a second name.
    static std::optional<StoreLock> tryAcquire(const std::filesystem::path& named);
    /// The process that holds the lock, from the file; 0: unknown.
    static std::int64_t holder(const std::filesystem::path& database);

    /// Without symbolic links.
    const std::filesystem::path& database() const { return database_; }

  private:
    StoreLock(std::filesystem::path database, util::FileDescriptor file)
        : database_(std::move(database)), file_(std::move(file)) {}

    std::filesystem::path database_;
    util::FileDescriptor file_;
};

}  // namespace postbell::sqlite
