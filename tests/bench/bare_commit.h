// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>

namespace postbell::bench {

/// One durable commit after another, as small as it gets: what an event's promise costs at least.
class BareCommit {
  public:
    explicit BareCommit(const std::string& file)
        : database_(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {
        database_.exec(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS t "
            "(id INTEGER PRIMARY KEY, value INTEGER); INSERT OR REPLACE INTO t VALUES (1, 0)");
        update_.emplace(database_, "UPDATE t SET value = value + 1 WHERE id = 1");
    }
    void run() {
        update_->exec();
        update_->reset();
    }

  private:
    SQLite::Database database_;
    std::optional<SQLite::Statement> update_;
};

}  // namespace postbell::bench
