// SPDX-License-Identifier: Apache-2.0
// Calls of SQLite's interface: another process holds the lock for too long, the disk is full or
// broken, memory is out.
#include <sqlite3.h>

#include <initializer_list>

#include "libraries.h"
#include "plan.h"
#include "real.h"

using inject::failure;
using inject::Kind;

namespace {

int trouble(const char* call, void* caller, std::initializer_list<int> errors) {
    return inject::isSqlite(caller) ? 0 : failure(Kind::Sqlite, call, errors);
}

}  // namespace

/// A function that gives a result code: NAME(PARAMETERS), called on with ARGUMENTS.
#define CODE(name, parameters, arguments, ...)                                        \
    extern "C" int name parameters {                                                  \
        const int error = trouble(#name, __builtin_return_address(0), {__VA_ARGS__}); \
        return error != 0 ? error : REAL(name) arguments;                             \
    }

CODE(sqlite3_step, (sqlite3_stmt * statement), (statement), SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR,
     SQLITE_NOMEM, SQLITE_CORRUPT)
CODE(sqlite3_exec,
     (sqlite3 * database, const char* sql, int (*row)(void*, int, char**, char**), void* argument,
      char** message),
     (database, sql, row, argument, message), SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM)
CODE(sqlite3_prepare_v2,
     (sqlite3 * database, const char* sql, int size, sqlite3_stmt** statement, const char** rest),
     (database, sql, size, statement, rest), SQLITE_BUSY, SQLITE_IOERR, SQLITE_NOMEM)
CODE(sqlite3_prepare_v3,
     (sqlite3 * database, const char* sql, int size, unsigned flags, sqlite3_stmt** statement,
      const char** rest),
     (database, sql, size, flags, statement, rest), SQLITE_BUSY, SQLITE_IOERR, SQLITE_NOMEM)
CODE(sqlite3_bind_blob,
     (sqlite3_stmt * statement, int index, const void* bytes, int size, void (*release)(void*)),
     (statement, index, bytes, size, release), SQLITE_NOMEM)
CODE(sqlite3_bind_text,
     (sqlite3_stmt * statement, int index, const char* text, int size, void (*release)(void*)),
     (statement, index, text, size, release), SQLITE_NOMEM)
