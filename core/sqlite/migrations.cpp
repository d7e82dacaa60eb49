// SPDX-License-Identifier: Apache-2.0
#include "sqlite/migrations.h"

#include <array>
#include <string>

#include "sqlite/query.h"
#include "sqlite/schema.h"
#include "store/records/store_error.h"

namespace postbell::sqlite {

using store::StoreError;

namespace {

// "PBEL": tells Postbell's databases from those of other programs.
constexpr std::int64_t kApplicationId = 0x5042454c;

// Versions of before the first release count up to here.
constexpr std::int64_t kFirstVersion = 13;

constexpr std::array kSteps = {kSchema};

std::int64_t pragma(Connection& connection, Sql sql) {
    Query query(connection, sql);
    return query.next() ? query.number(0) : 0;
}

bool holdsTables(Connection& connection) {
    return pragma(connection, "SELECT count(*) FROM sqlite_schema") > 0;
}

void take(Connection& connection, const char* step, std::int64_t version) {
    connection.execute("BEGIN IMMEDIATE");
    try {
        connection.execute(step);
        connection.execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                           "; PRAGMA user_version = " + std::to_string(version));
        connection.execute("COMMIT");
    } catch (const std::exception&) {
        if (connection.inTransaction()) connection.execute("ROLLBACK");
        throw;
    }
}

}  // namespace

Schema schema() {
    return {kFirstVersion, kSteps};
}

std::int64_t versionOf(Connection& connection, const std::filesystem::path& file,
                       const Schema& known) {
    const std::int64_t owner = pragma(connection, "PRAGMA application_id");
    const std::int64_t version = pragma(connection, "PRAGMA user_version");
    if (version == 0 && !holdsTables(connection)) return 0;
    if (owner != kApplicationId)
        throw StoreError("the database " + file.string() + " is not one of Postbell's");
    if (version > known.newest())
        throw StoreError(
            "the database " + file.string() + " was written by a newer Postbell (its schema is " +
            std::to_string(version) + ", this Postbell knows " + std::to_string(known.newest()) +
            "); install that version or restore a backup");
    if (version < known.first)
        throw StoreError("the database " + file.string() + " has the schema " +
                         std::to_string(version) +
                         " of a Postbell before the first release, which this one does not take "
                         "over. Restore a backup of this version; or move the database and the "
                         "files beside it away, set Postbell up anew, and phones register by "
                         "themselves");
    return version;
}

void migrate(Connection& connection, const std::filesystem::path& file, const Schema& known) {
    const std::int64_t version = versionOf(connection, file, known);
    // A step may make a table anew that rows of others refer to.
    connection.execute("PRAGMA foreign_keys = OFF");
    for (std::int64_t next = version == 0 ? known.first : version + 1; next <= known.newest();
         ++next)
        take(connection, known.steps[static_cast<std::size_t>(next - known.first)], next);
    connection.execute("PRAGMA foreign_keys = ON");
}

}  // namespace postbell::sqlite
