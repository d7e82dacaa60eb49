// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "sqlite/database_file.h"
#include "sqlite/reader_pool.h"
#include "sqlite/sqlite_session.h"
#include "sqlite/store_lock.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

/// One SQLite file with its connections. Thread-safe.
class SqliteEngine final : public Engine {
  public:
    /// Opens the lock's database, creates it with mode 0600 if it is not there, and brings its
    /// schema up to date. Throws StoreError with a sentence: it cannot be opened, it is empty, it
    /// is not Postbell's, or it is a newer Postbell's.
    explicit SqliteEngine(StoreLock lock);

    const DatabaseFile& file() const { return file_; }
    /// The store in the database is whole.
    void complete();

    std::string name() const override { return file_.path().string(); }
    WriteSession& session() override { return session_; }
    std::unique_ptr<ReadSession> lend(Reads reads) override { return readers_.lend(reads); }
    void takeBack(std::unique_ptr<ReadSession> session, bool failed) noexcept override {
        readers_.takeBack(std::move(session), failed);
    }
    std::optional<util::RealTime> readsSilentSince() const override {
        return readers_.silentSince();
    }
    void backup(const std::string& file, const std::stop_token& stop) override;
    bool isThere() override;

  private:
    Connection openWriter() const;

    StoreLock lock_;
    DatabaseFile file_;
    // Destroyed after the readers: the connection that is closed last tidies the write-ahead log
    // up, and must be one that writes.
    SqliteSession session_;
    ReaderPool readers_;
    std::mutex backup_mutex_;
};

}  // namespace postbell::sqlite
