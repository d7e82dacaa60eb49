// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_seen_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

std::optional<Seen> SqliteSeenRows::find(Id registration) const {
    Query query(
        connection_,
        "SELECT s.device_at, s.heard_at, s.event_at, s.push_at, s.nudged_at, s.own_folder_at, "
        "s.nudges, s.outcome FROM registration r LEFT JOIN seen s ON s.registration = r.id WHERE "
        "r.id = ?1",
        registration);
    if (!query.next()) return std::nullopt;
    return Seen{query.time(0),
                query.time(1),
                query.time(2),
                query.time(3),
                query.time(4),
                query.time(5),
                static_cast<std::uint32_t>(query.number(6)),
                query.text(7)};
}

void SqliteSeenRows::put(Id registration, const Seen& seen) {
    Query(connection_,
          "REPLACE INTO seen (registration, device_at, heard_at, event_at, push_at, nudged_at, "
          "own_folder_at, nudges, outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
          registration, seen.device_at, seen.heard_at, seen.event_at, seen.push_at, seen.nudged_at,
          seen.own_folder_at, seen.nudges, seen.outcome)
        .run();
}

}  // namespace postbell::sqlite
