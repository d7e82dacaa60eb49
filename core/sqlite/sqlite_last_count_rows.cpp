// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_last_count_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

void SqliteLastCountRows::set(Id registration, std::int32_t count) {
    Query(connection_, "UPDATE last_count SET count = ?2 WHERE registration = ?1", registration,
          count)
        .run();
}

void SqliteLastCountRows::addOf(std::span<const Id> devices) {
    Query(connection_,
          "INSERT OR IGNORE INTO last_count (registration, count) SELECT id, ?2 FROM "
          "registration WHERE device IN (SELECT value FROM json_each(?1))",
          Ids{devices}, kUnknownCount)
        .run();
}

void SqliteLastCountRows::removeOf(std::span<const Id> devices) {
    Query(connection_,
          "DELETE FROM last_count WHERE registration IN (SELECT id FROM registration WHERE "
          "device IN (SELECT value FROM json_each(?1)))",
          Ids{devices})
        .run();
}

}  // namespace postbell::sqlite
