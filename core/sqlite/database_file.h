// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

namespace postbell::sqlite {

/// The file of a database: made where there is none, and watched from then on, since whoever has it
/// open does not notice that its name is gone. SQLite would create it with the process's umask;
/// beside-files take the file's mode. Thread-safe.
class DatabaseFile {
  public:
    /// Makes the file with mode 0600 if it is not there. Throws StoreError: it cannot be made, it
    /// or one that SQLite keeps beside it is no regular file, or it is empty, which is what a full
    /// disk or a failed copy leaves of a database: to begin anew in it would hide the loss of every
    /// registration.
    explicit DatabaseFile(std::filesystem::path path);
    /// A new file without a whole store in it would be refused the next time: it is removed. Its
    /// connections must be closed by then.
    ~DatabaseFile();
    DatabaseFile(const DatabaseFile&) = delete;
    DatabaseFile& operator=(const DatabaseFile&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// The file was made just now, and the store in it is not whole yet.
    bool isNew() const { return new_; }
    /// The store in it is whole.
    void complete() { new_ = false; }

    /// The write-ahead log is open: it is watched from now on as the database is.
    void watchLog();

    /// Another process has the database now: every later write fails.
    void abandon() { abandoned_ = true; }

    /// Why the path does not lead to this file any more, or that of its log, such as that it was
    /// removed; empty: both do.
    std::string loss() const;
    /// Throws DatabaseTrouble with the loss: what is committed now would be found by nobody.
    void requireThere() const;

  private:
    /// A file beyond its name.
    struct Identity {
        dev_t device = 0;
        ino_t inode = 0;
    };

    const std::filesystem::path path_;
    const std::filesystem::path log_path_;
    bool new_ = false;
    std::atomic<bool> abandoned_ = false;
    Identity file_;
    std::optional<Identity> log_;
};

}  // namespace postbell::sqlite
