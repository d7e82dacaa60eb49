// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_session.h"

#include <utility>

#include "sqlite/query.h"
#include "store/records/store_error.h"

namespace postbell::sqlite {

using store::StoreError;

namespace {

// Some 16 MB, which are flushed to the disk in one go. Between commits, not within one, whose
// events would wait for it.
constexpr int kLongLogPages = 4096;
constexpr int kTidyAgainAfterPages = 512;
// Reads take microseconds, but a thread may lose the processor in one.
constexpr util::Milliseconds kMaxRead{20};

}  // namespace

SqliteSession::SqliteSession(Connection connection, ReaderPool& readers, const DatabaseFile& file)
    : connection_(std::move(connection)),
      readers_(readers),
      file_(file),
      tables_(connection_),
      tidy_at_pages_(kLongLogPages) {}

void SqliteSession::begin() {
    try {
        file_.requireThere();
    } catch (const StoreError&) {
        // A log whose name is gone dies with this process, and its content would as well.
        readers_.renewSnapshots(kMaxRead);
        connection_.writeLogBack();
        throw;
    }
    Query(connection_, "BEGIN IMMEDIATE").run();
}

bool SqliteSession::commit(Changed changed) {
    connection_.takeLogWritten();
    Query(connection_, "COMMIT").run();
    readers_.committed(changed);
    return connection_.takeLogWritten();
}

void SqliteSession::rollBack() {
    if (connection_.inTransaction()) connection_.execute("ROLLBACK");
}

void SqliteSession::beginMember() {
    Query(connection_, "SAVEPOINT member").run();
}

void SqliteSession::endMember() {
    Query(connection_, "RELEASE member").run();
}

bool SqliteSession::undoMember() {
    if (!connection_.inTransaction()) return false;
    Query(connection_, "ROLLBACK TO member").run();
    Query(connection_, "RELEASE member").run();
    return true;
}

void SqliteSession::tidy() {
    if (connection_.logPages() < tidy_at_pages_) return;
    readers_.renewSnapshots(kMaxRead);
    const bool done = connection_.writeLogBack();
    // A snapshot that was taken meanwhile is from the log, which begins anew only when no reader is
    // in it.
    readers_.renewSnapshots(kMaxRead);
    tidy_at_pages_ = done ? kLongLogPages : connection_.logPages() + kTidyAgainAfterPages;
}

}  // namespace postbell::sqlite
