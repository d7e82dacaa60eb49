// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_errors.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <string>

#include "store/records/store_error.h"
#include "util/file_descriptor.h"

namespace postbell::sqlite {

namespace {

const char* sentence(int code) {
    switch (code) {
        case SQLITE_FULL:
            return "the disk is full";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "another process has locked it";
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return "it may not be written";
        case SQLITE_CANTOPEN:
            return "it, or a file beside it, cannot be opened";
        case SQLITE_IOERR:
            return "the disk failed to read or write it: look at the disk (`dmesg`); the gateway "
                   "tries again";
        case SQLITE_CORRUPT:
            // Also of a whole database, while the disk fails to read the log beside it.
            return "the disk fails to read it (`dmesg`), or it is damaged: if that stays, restore "
                   "it from a backup while no gateway runs";
        case SQLITE_NOTADB:
            return "it is not a SQLite database: restore it from a backup";
        case SQLITE_NOMEM:
            return "there is no memory left";
        default:
            return "it refused an operation";
    }
}

bool concernsDatabase(const SQLite::Exception& error) {
    switch (error.getErrorCode()) {
        case SQLITE_FULL:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN:
        case SQLITE_IOERR:
        case SQLITE_NOMEM:
        case SQLITE_PROTOCOL:
            return true;
        default:
            return false;
    }
}

/// SQLite says only that it cannot open a file. The cause, where an admin can mend it, as
/// a clause; empty: not known.
std::string whyNotOpened(const std::filesystem::path& file) {
    const util::FileDescriptor another(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!another && (errno == EMFILE || errno == ENFILE))
        return ", since no descriptor is left: raise `ulimit -n`, LimitNOFILE of the unit";
    if (::access(file.c_str(), R_OK | W_OK) != 0) return std::string(", ") + std::strerror(errno);
    return {};
}

}  // namespace

void throwStoreError(const std::filesystem::path& file, const SQLite::Exception& error) {
    const int code = error.getErrorCode();
    const std::string reason = "the database " + file.string() + ": " + sentence(code) +
                               (code == SQLITE_CANTOPEN ? whyNotOpened(file) : std::string()) +
                               " (SQLite says \"" + error.what() + "\", code " +
                               std::to_string(error.getExtendedErrorCode()) + ")";
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) throw store::DatabaseDamage(reason);
    if (concernsDatabase(error)) throw store::DatabaseTrouble(reason);
    throw store::StoreError(reason);
}

}  // namespace postbell::sqlite
