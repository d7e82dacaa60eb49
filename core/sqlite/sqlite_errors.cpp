// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_errors.h"

#include <sqlite3.h>

#include <string>

#include "store/store_error.h"

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
            return "reading or writing failed";
        case SQLITE_CORRUPT:
            return "it is damaged";
        case SQLITE_NOTADB:
            return "it is not a SQLite database";
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

}  // namespace

void throwStoreError(const std::filesystem::path& file, const SQLite::Exception& error) {
    const std::string reason = "the database " + file.string() + ": " +
                               sentence(error.getErrorCode()) + " (SQLite says \"" + error.what() +
                               "\", code " + std::to_string(error.getExtendedErrorCode()) + ")";
    if (concernsDatabase(error)) throw store::DatabaseTrouble(reason);
    throw store::StoreError(reason);
}

}  // namespace postbell::sqlite
