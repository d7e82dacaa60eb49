// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

#include "store/records/store_error.h"
#include "util/file_descriptor.h"
#include "util/new_file.h"
#include "util/regular_file.h"

namespace postbell::sqlite {

using store::DatabaseTrouble;
using store::StoreError;

namespace {

/// Whatever has the name of a file that SQLite uses must be one: it would wait for a pipe, and
/// say of a folder only that it cannot open something.
void requireFiles(const std::filesystem::path& database) {
    const auto irregularity = [&](const char* suffix) {
        struct stat status {};
        const std::filesystem::path file = std::filesystem::path(database).concat(suffix);
        return ::stat(file.c_str(), &status) == 0 ? util::irregularity(status) : std::string();
    };
    if (const std::string other = irregularity(""); !other.empty())
        throw StoreError("the database " + database.string() + " " + other +
                         ": [store] url must name a file, which is made where there is none");
    for (const char* suffix : {"-wal", "-shm", "-journal"})
        if (const std::string other = irregularity(suffix); !other.empty())
            throw StoreError("the database " + database.string() +
                             " cannot be opened: " + database.string() + suffix +
                             ", a name that SQLite uses for its own file beside it, " + other +
                             ". Remove it");
}

/// SQLite would write a log that is there into the database, whoever's it is, and so destroy a
/// restored one. A copy by `backup` is told by its header: the database that has a log says so in
/// its format's versions (SQLite, "Database File Format", 1.3.3).
void refuseForeignLog(const std::filesystem::path& database, const std::filesystem::path& log) {
    struct stat status {};
    if (::stat(log.c_str(), &status) != 0 || status.st_size == 0) return;
    constexpr off_t kWriteVersionAt = 18;
    constexpr char kWithoutLog = 1;
    char version = 0;
    const util::FileDescriptor file(::open(database.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (::pread(file.get(), &version, 1, kWriteVersionAt) != 1 || version != kWithoutLog) return;
    throw StoreError(
        "the database " + database.string() +
        " is a restored backup, and the log beside it is that of the database which was "
        "there before: remove " +
        log.string() + " and its -shm, and start again");
}

}  // namespace

DatabaseFile::DatabaseFile(std::filesystem::path path)
    : path_(std::move(path)), log_path_(std::filesystem::path(path_).concat("-wal")) {
    requireFiles(path_);
    new_ = static_cast<bool>(util::FileDescriptor(util::newFile(path_, 0600)));
    struct stat status {};
    if ((!new_ && errno != EEXIST) || ::stat(path_.c_str(), &status) != 0)
        throw StoreError("the database " + path_.string() +
                         " cannot be created: " + std::strerror(errno));
    if (!new_ && status.st_size == 0)
        throw StoreError("the database " + path_.string() +
                         " is an empty file. If there was a store, restore it from a backup; if "
                         "there was none, remove the file, and Postbell creates its own");
    file_ = {status.st_dev, status.st_ino};
    refuseForeignLog(path_, log_path_);
}

DatabaseFile::~DatabaseFile() {
    if (!new_) return;
    for (const char* suffix : {"", "-wal", "-shm"})
        ::unlink(std::filesystem::path(path_).concat(suffix).c_str());
}

void DatabaseFile::watchLog() {
    struct stat status {};
    if (::stat(log_path_.c_str(), &status) == 0) log_ = {status.st_dev, status.st_ino};
}

std::string DatabaseFile::loss() const {
    struct stat status {};
    const auto is = [&status](const Identity& file) {
        return status.st_dev == file.device && status.st_ino == file.inode;
    };
    if (abandoned_)
        return "the lock file of the database " + path_.string() +
               " was removed, and another process has the database now: stop one of the two";
    if (::stat(path_.c_str(), &status) != 0)
        return "the database " + path_.string() + " is gone: " + std::strerror(errno);
    if (!is(file_))
        return "another file has taken the place of the database " + path_.string() +
               ": stop the gateway, put the right one there, without the -wal and -shm of this one "
               "if it is a backup, and start again";
    if (log_ && (::stat(log_path_.c_str(), &status) != 0 || !is(*log_)))
        return "the database's log " + log_path_.string() +
               " was removed or replaced: what it held is in the database again once this gateway "
               "has stopped by itself. Restart it, and do not kill it";
    return {};
}

void DatabaseFile::requireThere() const {
    if (const std::string loss = this->loss(); !loss.empty()) throw DatabaseTrouble(loss);
}

}  // namespace postbell::sqlite
