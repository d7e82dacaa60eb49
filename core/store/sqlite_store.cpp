// SPDX-License-Identifier: Apache-2.0
// The store's upkeep.
#include "store/sqlite_store.h"

namespace postbell::store {

SqliteStore::SqliteStore(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log)
    : Database(std::move(lock), std::move(sealer), clock, log),
      SqliteEvents(database()),
      SqliteRegistrations(database()),
      SqliteMailboxes(database()),
      SqliteDirectory(database()),
      SqliteCredentials(database()) {}

std::string SqliteStore::health() {
    // A try alone writes nothing and cannot notice a full disk. Once a commit has failed, only one
    // that succeeds proves the end of the trouble.
    const bool prove = !writer().trouble().empty();
    try {
        write([prove](WriteContext& context) {
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
    return writer().stats();
}

void SqliteStore::flush() {
    writer().flush();
}

}  // namespace postbell::store
