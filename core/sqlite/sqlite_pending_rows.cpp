// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_pending_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

namespace {

// Two statements, with the merge in between: an upsert that returned its row would put it into a
// table of its own first, which costs more than both.
constexpr Sql kFind =
    "SELECT generation, mail_generation, new_mail_generation, check_generation, count, since, "
    "occurred, dedup FROM pending WHERE registration = ?1";
constexpr Sql kPut = R"sql(
REPLACE INTO pending (registration, generation, mail_generation, new_mail_generation, check_generation, count, since, occurred, dedup)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
)sql";
constexpr Sql kUpdate =
    "UPDATE pending SET mail_generation = ?2, new_mail_generation = ?3, check_generation = ?4, "
    "since = ?5 WHERE registration = ?1";
constexpr Sql kRemoveEmptiedByMail =
    "DELETE FROM pending WHERE registration = ?1 AND mail_generation <= ?2 AND "
    "check_generation = 0";
constexpr Sql kRemoveEmptiedByCheck =
    "DELETE FROM pending WHERE registration = ?1 AND check_generation <= ?2 AND "
    "mail_generation = 0";
constexpr Sql kRemoveAllOfDevice =
    "DELETE FROM pending WHERE registration IN (SELECT id FROM registration WHERE device = ?1)";

Sql selectWithDevice(std::string_view rest) {
    return Sql::kept(
        std::string(
            "SELECT p.generation, p.mail_generation, p.new_mail_generation, "
            "p.check_generation, p.count, p.since, p.occurred, p.registration, r.device, "
            "d.app, d.environment, d.proven_at FROM pending p JOIN registration r ON r.id = "
            "p.registration JOIN device d ON d.id = r.device ")
            .append(rest));
}

void readState(const Query& query, PendingRow& row) {
    row.generation = query.number(0);
    row.mail_generation = query.number(1);
    row.new_mail_generation = query.number(2);
    row.check_generation = query.number(3);
    row.count = static_cast<std::int32_t>(query.number(4));
    row.since = query.time(5);
    row.occurred = query.time(6);
}

Pending readWithDevice(const Query& query) {
    Pending row;
    readState(query, row);
    row.registration = query.number(7);
    row.device = query.number(8);
    row.app = query.number(9);
    row.environment = static_cast<Environment>(query.number(10));
    row.device_proven_at = query.time(11);
    return row;
}

}  // namespace

std::int64_t SqlitePendingRows::newestGeneration() const {
    Query query(connection_, "SELECT coalesce(max(generation), 0) FROM pending");
    query.next();
    return query.number(0);
}

StoredPending SqlitePendingRows::find(Id registration) const {
    StoredPending stored;
    stored.row.registration = registration;
    Query query(connection_, kFind, registration);
    if (!query.next()) return stored;
    readState(query, stored.row);
    stored.dedup = DedupKeys::parse(query.text(7));
    return stored;
}

std::optional<Pending> SqlitePendingRows::findWithDevice(Id registration) const {
    static const Sql sql = selectWithDevice("WHERE p.registration = ?1");
    Query query(connection_, sql, registration);
    if (!query.next()) return std::nullopt;
    return readWithDevice(query);
}

void SqlitePendingRows::each(const std::function<void(const Pending&)>& visit) const {
    static const Sql sql = selectWithDevice("ORDER BY p.since, p.generation");
    Query query(connection_, sql);
    while (query.next()) visit(readWithDevice(query));
}

void SqlitePendingRows::put(const StoredPending& pending) {
    const PendingRow& row = pending.row;
    const auto run = [&](const auto& dedup) {
        Query(connection_, kPut, row.registration, row.generation, row.mail_generation,
              row.new_mail_generation, row.check_generation, row.count, row.since, row.occurred,
              dedup)
            .run();
    };
    const std::string keys = pending.dedup.bytes();
    keys.empty() ? run(nullptr) : run(Blob{keys});
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

std::optional<Id> SqlitePendingRows::deviceOf(Id registration) const {
    Query query(connection_, "SELECT device FROM registration WHERE id = ?1", registration);
    if (!query.next()) return std::nullopt;
    return query.number(0);
}

}  // namespace postbell::sqlite
