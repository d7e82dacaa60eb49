// SPDX-License-Identifier: Apache-2.0
#include "sqlite/store_lock.h"

#include <cerrno>
#include <cstring>
#include <sstream>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/records/store_error.h"
#include "util/new_file.h"
#include "util/regular_file.h"
#include "util/user_name.h"

namespace postbell::sqlite {

namespace {

using store::StoreError;

/// Links to a database that is not there yet lead to the same place as well.
std::filesystem::path withoutLinks(const std::filesystem::path& database) {
    std::error_code error;
    std::filesystem::path real = std::filesystem::weakly_canonical(database, error);
    return error ? database : real;
}

/// SQLite keeps its write-ahead log beside the name by which it opened the database: through a
/// second name it would miss the first one's commits, and destroy them.
void refuseHardLinks(const std::filesystem::path& database) {
    struct stat status {};
    if (::stat(database.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink > 1)
        throw StoreError("the database " + database.string() + " has " +
                         std::to_string(status.st_nlink) +
                         " names (hard links): SQLite would keep a log for each of them, and lose "
                         "commits. Remove the others; `postbell backup` makes a copy");
}

std::filesystem::path lockFile(const std::filesystem::path& database) {
    return std::filesystem::path(database).concat(".lock");
}

constexpr const char* kStoreNote = "store";
constexpr std::size_t kMaxTextBytes = 256;

/// The words of a lock's file; both empty if there is none.
struct LockText {
    std::int64_t process = 0;
    std::string note;

    explicit LockText(const std::filesystem::path& file) {
        const auto read = util::readRegularFile(file, kMaxTextBytes);
        if (!read) return;
        std::istringstream in(read->bytes);
        in >> process >> note;
    }
    bool hasStore() const { return note == kStoreNote; }
};

/// Words for people and messages; the lock itself is the truth, so a full disk does not matter
/// here. Cut only behind the new text: the note outlives a crash in between.
void write(int file, bool has_store) {
    const std::string text =
        std::to_string(::getpid()) + "\n" + (has_store ? kStoreNote : "") + "\n";
    if (::pwrite(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()))
        [[maybe_unused]]
        const int cut = ::ftruncate(file, static_cast<off_t>(text.size()));
}

[[noreturn]] void fail(const std::filesystem::path& file) {
    const int error = errno;
    std::string hint;
    struct stat status {};
    if (error == ENOENT)
        hint = ": there is no folder " + file.parent_path().string() +
               "; make it, and give it to the service's user";
    else if (error == EACCES && (::stat(file.c_str(), &status) == 0 ||
                                 ::stat(file.parent_path().c_str(), &status) == 0))
        hint = ": it belongs to " + util::userName(status.st_uid) + ", and this is " +
               util::userName(::geteuid()) + "; run this as root or as " +
               util::userName(status.st_uid);
    else if (error == ELOOP)
        hint = ": it is a symbolic link; remove it, and a gateway that runs makes its own again";
    throw StoreError("the lock file " + file.string() + " cannot be used: " + std::strerror(error) +
                     hint);
}

/// The lock file as it is there; none, and errno. Not through a link: another program's file would
/// be overwritten with the process id. A pipe would be waited for, and may be locked as well.
util::FileDescriptor openLock(const std::filesystem::path& path, int access) {
    util::FileDescriptor file(
        ::open(path.c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    const bool known =
        file ? ::fstat(file.get(), &status) == 0
             : (errno == EISDIR || errno == ENXIO) && ::lstat(path.c_str(), &status) == 0;
    if (const std::string other = known ? util::irregularity(status) : ""; !other.empty())
        throw StoreError("the lock file " + path.string() + " " + other +
                         ": remove it, and a gateway that runs makes its own again");
    return file;
}

/// The locked file, which is made if it is not there. Nothing: another process has locked it.
util::FileDescriptor locked(const std::filesystem::path& path) {
    util::FileDescriptor file(util::newFile(path, 0600));
    if (!file && errno == EEXIST) file = openLock(path, O_RDWR);
    if (!file) fail(path);
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return util::FileDescriptor();
        if (errno != EINTR) fail(path);
    }
    return file;
}

bool isFile(int descriptor, const std::filesystem::path& path) {
    struct stat open {
    }, named{};
    return ::fstat(descriptor, &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

}  // namespace

std::optional<StoreLock> StoreLock::tryAcquire(const std::filesystem::path& named) {
    const std::filesystem::path database = withoutLinks(named);
    refuseHardLinks(database);
    const std::filesystem::path path = lockFile(database);
    util::FileDescriptor file = locked(path);
    if (!file) return std::nullopt;
    write(file.get(), LockText(path).hasStore());
    return StoreLock(database, std::move(file));
}

bool StoreLock::keep() {
    const std::filesystem::path path = lockFile(database_);
    if (isFile(file_.get(), path)) return true;
    util::FileDescriptor again = locked(path);
    if (!again) return false;
    write(again.get(), true);
    file_ = std::move(again);
    return true;
}

void StoreLock::noteStore() const {
    write(file_.get(), true);
}

std::int64_t StoreLock::holder(const std::filesystem::path& database) {
    return LockText(lockFile(withoutLinks(database))).process;
}

bool StoreLock::isHeld(const std::filesystem::path& database) {
    const std::filesystem::path path = lockFile(withoutLinks(database));
    const util::FileDescriptor file = openLock(path, O_RDONLY);
    if (!file && errno != ENOENT && errno != ENOTDIR) fail(path);
    return file && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::vector<std::filesystem::path> StoreLock::traces(const std::filesystem::path& database) {
    const std::filesystem::path real = withoutLinks(database);
    std::vector<std::filesystem::path> found;
    if (const auto lock = lockFile(real); LockText(lock).hasStore()) found.push_back(lock);
    for (const char* suffix : {"-wal", "-shm"}) {
        std::filesystem::path beside = std::filesystem::path(real).concat(suffix);
        std::error_code error;
        if (std::filesystem::exists(beside, error)) found.push_back(std::move(beside));
    }
    return found;
}

}  // namespace postbell::sqlite
