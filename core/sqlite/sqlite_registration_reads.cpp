// SPDX-License-Identifier: Apache-2.0
// Reading registrations.
#include "sqlite/registration_rows.h"
#include "sqlite/sqlite_registrations.h"

namespace postbell::sqlite {

namespace {

std::vector<RegistrationRow> readAll(Connection& connection, Query&& query) {
    std::vector<RegistrationRow> rows;
    while (query.next()) rows.push_back(readRegistration(connection, query));
    return rows;
}

}  // namespace

std::optional<Registration> SqliteRegistrations::first(std::vector<RegistrationRow> rows) {
    std::vector<Registration> found = database_.completer().complete(std::move(rows));
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::optional<Registration> SqliteRegistrations::findRegistration(std::string_view public_id) {
    static const std::string sql = selectRegistration("WHERE r.public_id = ?1");
    return first(database_.read(Reads::AllButPending, [&](Connection& connection) {
        return readAll(connection, Query(connection, sql.c_str(), public_id));
    }));
}

std::optional<Registration> SqliteRegistrations::findRegistration(Id id) {
    static const std::string sql = selectRegistration("WHERE r.id = ?1");
    return first(database_.read(Reads::AllButPending, [&](Connection& connection) {
        return readAll(connection, Query(connection, sql.c_str(), id));
    }));
}

std::vector<Registration> SqliteRegistrations::listRegistrations(Id after, std::size_t limit,
                                                                 Id tenant, Id app) {
    static const std::string sql = selectRegistration(
        "WHERE r.id > ?1 AND (?3 = 0 OR a.tenant = ?3) AND (?4 = 0 OR a.id = ?4) ORDER BY r.id "
        "LIMIT ?2");
    return database_.completer().complete(database_.read([&](Connection& connection) {
        return readAll(connection, Query(connection, sql.c_str(), after, limit, tenant, app));
    }));
}

std::vector<Registration> SqliteRegistrations::findRegistrationsByAccount(
    Id tenant, std::string_view account_key) {
    static const std::string sql =
        selectRegistration("WHERE r.account_key = ?1 AND a.tenant = ?2 ORDER BY r.id");
    return database_.completer().complete(database_.read([&](Connection& connection) {
        return readAll(connection, Query(connection, sql.c_str(), Blob{account_key}, tenant));
    }));
}

std::int64_t SqliteRegistrations::countRegistrations() {
    return database_.read([](Connection& connection) {
        Query query(connection, "SELECT count(*) FROM registration");
        query.next();
        return query.number(0);
    });
}

}  // namespace postbell::sqlite
