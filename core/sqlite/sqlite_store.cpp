// SPDX-License-Identifier: Apache-2.0
// The store's upkeep.
#include "sqlite/sqlite_store.h"

namespace postbell::sqlite {

SqliteStore::SqliteStore(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log,
                         util::Heartbeats* heartbeats)
    : database_(std::move(lock), std::move(sealer), clock, log, heartbeats) {}

std::string SqliteStore::health() {
    // A try alone writes nothing and cannot notice a full disk. Once a commit has failed, only one
    // that succeeds proves the end of the trouble.
    const bool prove = !database_.writer().trouble().empty();
    try {
        database_.write([prove](WriteContext& context) {
            const char* sql =
                prove
                    ? "INSERT OR REPLACE INTO meta (name, value) VALUES ('written', randomblob(8))"
                    : "UPDATE meta SET value = value WHERE 0";
            Query(context.connection, sql).run();
        });
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}

StoreStats SqliteStore::stats() const {
    return database_.writer().stats();
}

void SqliteStore::flush() {
    database_.writer().flush();
}

}  // namespace postbell::sqlite
