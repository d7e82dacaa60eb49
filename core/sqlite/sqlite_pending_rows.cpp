// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_pending_rows.h"

#include "sqlite/pending_reads.h"

namespace postbell::sqlite {

namespace {

// Two statements, with the merge in between: an upsert that returned its row would put it into a
// table of its own first, which costs more than both.
constexpr const char* kFind =
    "SELECT generation, mail_generation, new_mail_generation, check_generation, count, since, "
    "occurred, dedup FROM pending WHERE registration = ?1";
constexpr const char* kPut = R"sql(
REPLACE INTO pending (registration, generation, mail_generation, new_mail_generation, check_generation, count, since, occurred, dedup)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
)sql";
constexpr const char* kUpdate =
    "UPDATE pending SET mail_generation = ?2, new_mail_generation = ?3, check_generation = ?4, "
    "since = ?5 WHERE registration = ?1";
constexpr const char* kRemoveEmptiedByMail =
    "DELETE FROM pending WHERE registration = ?1 AND mail_generation <= ?2 AND "
    "check_generation = 0";
constexpr const char* kRemoveEmptiedByCheck =
    "DELETE FROM pending WHERE registration = ?1 AND check_generation <= ?2 AND "
    "mail_generation = 0";
constexpr const char* kRemoveAllOfDevice =
    "DELETE FROM pending WHERE registration IN (SELECT id FROM registration WHERE device = ?1)";

}  // namespace

std::int64_t SqlitePendingRows::newestGeneration() {
    Query query(connection_, "SELECT coalesce(max(generation), 0) FROM pending");
    query.next();
    return query.number(0);
}

StoredPending SqlitePendingRows::find(Id registration) {
    StoredPending stored;
    stored.row.registration = registration;
    Query query(connection_, kFind, registration);
    if (!query.next()) return stored;
    readPendingState(query, 0, stored.row);
    stored.dedup = query.text(7);
    return stored;
}

std::optional<Pending> SqlitePendingRows::findWithDevice(Id registration) {
    return findPending(connection_, registration);
}

void SqlitePendingRows::put(const StoredPending& pending) {
    const PendingRow& row = pending.row;
    const auto run = [&](const auto& dedup) {
        Query(connection_, kPut, row.registration, row.generation, row.mail_generation,
              row.new_mail_generation, row.check_generation, row.count, row.since, row.occurred,
              dedup)
            .run();
    };
    pending.dedup.empty() ? run(nullptr) : run(Blob{pending.dedup});
}

void SqlitePendingRows::update(const PendingRow& row) {
    Query(connection_, kUpdate, row.registration, row.mail_generation, row.new_mail_generation,
          row.check_generation, row.since)
        .run();
}

void SqlitePendingRows::remove(Id registration) {
    Query(connection_, "DELETE FROM pending WHERE registration = ?1", registration).run();
}

bool SqlitePendingRows::removeEmptiedByMail(Id registration, std::int64_t sent) {
    return Query(connection_, kRemoveEmptiedByMail, registration, sent).run() > 0;
}

bool SqlitePendingRows::removeEmptiedByCheck(Id registration, std::int64_t sent) {
    return Query(connection_, kRemoveEmptiedByCheck, registration, sent).run() > 0;
}

void SqlitePendingRows::removeAllOfDevice(Id device) {
    Query(connection_, kRemoveAllOfDevice, device).run();
}

std::optional<Id> SqlitePendingRows::deviceOf(Id registration) {
    Query query(connection_, "SELECT device FROM registration WHERE id = ?1", registration);
    if (!query.next()) return std::nullopt;
    return query.number(0);
}

TokenState SqlitePendingRows::tokenOf(Id device) {
    Query query(connection_, "SELECT token_at, dead_at, first_410_at FROM device WHERE id = ?1",
                device);
    if (!query.next()) return {};
    return {query.time(0), query.time(1), query.time(2)};
}

void SqlitePendingRows::putToken(Id device, const TokenState& token) {
    Query(connection_, "UPDATE device SET dead_at = ?2, first_410_at = ?3 WHERE id = ?1", device,
          token.dead_at, token.first_410_at)
        .run();
}

void SqlitePendingRows::setLastCount(Id registration, std::int32_t count) {
    Query(connection_, "UPDATE last_count SET count = ?2 WHERE registration = ?1", registration,
          count)
        .run();
}

}  // namespace postbell::sqlite
