// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_token_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

TokenState SqliteTokenRows::find(Id device) const {
    Query query(connection_,
                "SELECT token_at, dead_at, first_410_at, first_foreign_at, proven_at FROM device "
                "WHERE id = ?1",
                device);
    if (!query.next()) return {};
    return {query.time(0), query.time(1), query.time(2), query.time(3), query.time(4)};
}

void SqliteTokenRows::put(Id device, const TokenState& token) {
    Query(connection_,
          "UPDATE device SET dead_at = ?2, first_410_at = ?3, first_foreign_at = ?4, "
          "proven_at = ?5 WHERE id = ?1",
          device, token.dead_at, token.first_410_at, token.first_foreign_at, token.proven_at)
        .run();
}

void SqliteTokenRows::prove(const TokenProof& proof) {
    Query(connection_,
          "UPDATE device SET proven_at = ?3, first_foreign_at = 0 WHERE id = ?1 AND token_at = ?2 "
          "AND dead_at = 0",
          proof.device, proof.token_at, proof.at)
        .run();
}

}  // namespace postbell::sqlite
