// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "util/file_descriptor.h"

namespace postbell::sqlite {

/// The permission to open a database: one gateway or command holds it. An advisory lock (flock) on
/// `<database>.lock`, which ends with the process, however it ends. The file stays, and holds the
/// process id of the last holder, and a note once there was a store. The lock lies beside the
/// database itself, whatever symbolic links lead there.
class StoreLock {
  public:
    /// Nothing: another process (or another StoreLock of this one) holds it. Throws StoreError if
    /// the file cannot be made, or if the database has a second name.
    static std::optional<StoreLock> tryAcquire(const std::filesystem::path& named);
    /// The process that holds the lock, from the file; 0: unknown.
    static std::int64_t holder(const std::filesystem::path& database);
    /// Whether a process holds the lock. Makes no file. Throws StoreError if that cannot be told:
    /// the lock's file may not be read, or is none.
    static bool isHeld(const std::filesystem::path& database);
    /// The files beside the database that only an earlier start can have left. With them, a
    /// database that is not there is a loss.
    static std::vector<std::filesystem::path> traces(const std::filesystem::path& database);

    /// Takes the lock again if its file was removed or replaced: it would let another process in.
    /// False: another process has taken it meanwhile. Called by one thread at a time.
    bool keep();

    /// Without symbolic links.
    const std::filesystem::path& database() const { return database_; }
    /// Notes in the file that the database holds a store.
    void noteStore() const;

  private:
    StoreLock(std::filesystem::path database, util::FileDescriptor file)
        : database_(std::move(database)), file_(std::move(file)) {}

    std::filesystem::path database_;
    util::FileDescriptor file_;
};

}  // namespace postbell::sqlite
