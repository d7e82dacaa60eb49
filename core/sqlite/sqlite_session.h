// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/database_file.h"
#include "sqlite/reader_pool.h"
#include "sqlite/sqlite_tables.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

/// The connection that writes. Confined to the writer's thread.
class SqliteSession final : public WriteSession {
  public:
    /// `readers`: those of the same database; used from the first begin() on. `file` is its file.
    SqliteSession(Connection connection, ReaderPool& readers, const DatabaseFile& file);

    std::uint64_t dataVersion() const override { return readers_.dataVersion(); }
    void begin() override;
    bool commit(Changed changed) override;
    void rollBack() override;
    void beginMember() override;
    void endMember() override;
    bool undoMember() override;
    Tables& tables() override { return tables_.all(); }
    /// Writes the log back if it has grown long.
    void tidy() override;

  private:
    Connection connection_;
    ReaderPool& readers_;
    const DatabaseFile& file_;
    SqliteTables tables_;
    int tidy_at_pages_;  // of the write-ahead log
};

}  // namespace postbell::sqlite
