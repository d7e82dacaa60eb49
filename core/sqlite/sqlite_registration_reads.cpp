// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_registration_reads.h"

#include "sqlite/registration_columns.h"
#include "util/clock_tolerance.h"

namespace postbell::sqlite {

namespace {

std::optional<RegistrationRow> first(Query&& query) {
    if (!query.next()) return std::nullopt;
    return readRegistration(query);
}

std::vector<RegistrationRow> readAll(Query&& query) {
    std::vector<RegistrationRow> rows;
    while (query.next()) rows.push_back(readRegistration(query));
    return rows;
}

}  // namespace

std::optional<RegistrationRow> SqliteRegistrationReads::find(std::string_view public_id) const {
    static const Sql sql = selectRegistration("WHERE r.public_id = ?1");
    return first(Query(connection_, sql, public_id));
}

std::optional<RegistrationRow> SqliteRegistrationReads::find(Id id) const {
    static const Sql sql = selectRegistration("WHERE r.id = ?1");
    return first(Query(connection_, sql, id));
}

std::vector<RegistrationRow> SqliteRegistrationReads::list(Id after, std::size_t limit, Id tenant,
                                                           Id app) const {
    static const Sql sql = selectRegistration(
        "WHERE r.id > ?1 AND (?3 = 0 OR a.tenant = ?3) AND (?4 = 0 OR a.id = ?4) ORDER BY r.id "
        "LIMIT ?2");
    return readAll(Query(connection_, sql, after, limit, tenant, app));
}

std::vector<RegistrationRow> SqliteRegistrationReads::listOfAccount(
    Id tenant, std::string_view account_key) const {
    static const Sql sql =
        selectRegistration("WHERE r.account_key = ?1 AND a.tenant = ?2 ORDER BY r.id");
    return readAll(Query(connection_, sql, Blob{account_key}, tenant));
}

std::vector<BadgeRow> SqliteRegistrationReads::listOfDevice(Id device) const {
    static const Sql sql = selectRegistration(
        "LEFT JOIN pending p ON p.registration = r.id LEFT JOIN last_count l ON l.registration = "
        "r.id WHERE r.device = ?1 ORDER BY r.id",
        ", p.mail_generation, p.count, coalesce(l.count, -1)");
    std::vector<BadgeRow> rows;
    Query query(connection_, sql, device);
    const auto count = [&](int column) { return static_cast<std::int32_t>(query.number(column)); };
    while (query.next())
        rows.push_back({readRegistration(query), query.number(kRegistrationColumns),
                        count(kRegistrationColumns + 1), count(kRegistrationColumns + 2)});
    return rows;
}

std::int64_t SqliteRegistrationReads::countUnheard(std::string_view instance, util::WallTime before,
                                                   util::WallTime now) const {
    // As signOfLife() has it: times behind the last that is believed say nothing.
    Query query(connection_,
                "SELECT count(*) FROM registration r LEFT JOIN seen s ON s.registration = r.id "
                "WHERE r.instance = ?1 AND r.subscription_hash <> x'' AND r.managed = 0 AND "
                "max(iif(r.reported_at <= ?3, r.reported_at, 0), "
                "iif(coalesce(s.heard_at, 0) <= ?3, coalesce(s.heard_at, 0), 0)) < ?2",
                instance, before, now + util::kClockTolerance);
    query.next();
    return query.number(0);
}

std::int64_t SqliteRegistrationReads::count() const {
    Query query(connection_, "SELECT count(*) FROM registration");
    query.next();
    return query.number(0);
}

}  // namespace postbell::sqlite
