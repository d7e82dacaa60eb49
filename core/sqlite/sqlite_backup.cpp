// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_backup.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <system_error>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "sqlite/sqlite_errors.h"
#include "sqlite/words.h"
#include "util/file_descriptor.h"
#include "util/user_name.h"

namespace postbell::sqlite {

namespace {

[[noreturn]] void fail(const std::string& file) {
    const int error = errno;
    throw StoreError(
        file + " cannot be made: " + std::strerror(error) +
        (error == EACCES ? "; who writes it is " + util::userName(::geteuid()) : std::string()));
}

/// Of the database only the copy is written.
[[noreturn]] void failFull(const std::filesystem::path& database, const std::string& file) {
    std::error_code unknown;
    const std::uintmax_t bytes = std::filesystem::file_size(database, unknown);
    constexpr std::uintmax_t kMebibyte = 1024 * 1024;
    throw StoreError(
        file +
        " was not written: its disk is full, and nothing is left of the copy. Free "
        "space there, or name a file on another disk" +
        (unknown ? std::string()
                 : "; the copy takes up to " + std::to_string(bytes / kMebibyte + 1) + " MiB"));
}

/// SQLite takes a file of such a name for the log of the database beside it: it would write the
/// copy into that database, or delete it.
void refuseNamesOfLogs(const std::string& file) {
    for (const std::string_view suffix : {"-journal", "-wal", "-shm"})
        if (file.ends_with(suffix))
            throw StoreError(file + " cannot be a backup: SQLite uses names that end with " +
                             std::string(suffix) + " for files of its own; choose another name");
}

/// A copy that is not whole yet, beside the file that it will be. Removed at the end.
class Part {
  public:
    explicit Part(const std::string& file) : name_(file + ".part") {
        remove();  // what an interrupted backup has left
        // SQLite writes into an empty file that is there, so no other user ever sees the copy.
        opened_ = util::FileDescriptor(
            ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!opened_) fail(name_);
    }
    ~Part() { remove(); }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

    const std::string& name() const { return name_; }
    /// On disk, and under the file's name, unless that was taken meanwhile.
    void become(const std::string& file) const {
        if (::fsync(opened_.get()) != 0) fail(name_);
        // Not every file system knows of names that must be free.
        const bool renamed =
            ::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0 ||
            (errno == EINVAL && ::rename(name_.c_str(), file.c_str()) == 0);
        if (!renamed) fail(file);
        const std::filesystem::path folder = std::filesystem::path(file).parent_path();
        const util::FileDescriptor names(::open(folder.c_str(), O_RDONLY | O_CLOEXEC));
        if (names) ::fsync(names.get());
    }

  private:
    void remove() const {
        for (const char* suffix : {"", "-journal"}) ::unlink((name_ + suffix).c_str());
    }

    const std::string name_;
    util::FileDescriptor opened_;
};

constexpr int kInstructionsBetweenLooks = 1'000;

/// Statements of the connection fail once they are to stop.
void breakOffWith(SQLite::Database& database, const std::stop_token& stop) {
    sqlite3_progress_handler(
        database.getHandle(), kInstructionsBetweenLooks,
        [](void* told) -> int {
            return static_cast<const std::stop_token*>(told)->stop_requested() ? 1 : 0;
        },
        // SQLite's callbacks know no const.
        const_cast<std::stop_token*>(&stop));
}

}  // namespace

void backUp(const DatabaseFile& database, const std::string& file, const std::stop_token& stop) {
    refuseNamesOfLogs(file);
    if (::access(file.c_str(), F_OK) == 0) {
        errno = EEXIST;
        fail(file);
    }
    database.requireThere();
    const Part part(file);
    try {
        SQLite::Database source(database.path().string(), SQLite::OPEN_READONLY);
        breakOffWith(source, stop);
        SQLite::Statement copy(source, "VACUUM INTO ?");
        copy.bind(1, part.name());
        copy.exec();
    } catch (const SQLite::Exception& error) {
        if (stop.stop_requested()) throw StoreError(file + " was not written: it was to stop");
        if (error.getErrorCode() == SQLITE_FULL) failFull(database.path(), file);
        throwStoreError(database.path(), error);
    }
    part.become(file);
}

}  // namespace postbell::sqlite
