// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_seen_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

std::optional<Seen> SqliteSeenRows::find(Id registration) const {
    Query query(connection_,
                "SELECT s.device_at, s.heard_at, s.event_at, s.push_at, s.nudged_at, s.outcome "
                "FROM registration r LEFT JOIN seen s ON s.registration = r.id WHERE r.id = ?1",
                registration);
    if (!query.next()) return std::nullopt;
    return Seen{query.time(0), query.time(1), query.time(2),
                query.time(3), query.time(4), query.text(5)};
}

void SqliteSeenRows::put(Id registration, const Seen& seen) {
    Query(connection_,
          "REPLACE INTO seen (registration, device_at, heard_at, event_at, push_at, nudged_at, "
          "outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
          registration, seen.device_at, seen.heard_at, seen.event_at, seen.push_at, seen.nudged_at,
          seen.outcome)
        .run();
}

}  // namespace postbell::sqlite
