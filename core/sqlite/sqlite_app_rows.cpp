// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_app_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

namespace {

constexpr int kAppColumns = 9;

Sql selectApps(const char* rest, const char* more_columns = "") {
    return Sql::kept(std::string("SELECT a.id, a.tenant, t.name, a.name, a.platform, a.style, "
                                 "a.enabled, a.enabled_at, a.push_settings")
                         .append(more_columns)
                         .append(" FROM app a JOIN tenant t ON t.id = a.tenant ")
                         .append(rest));
}

AppRow readApp(const Query& query) {
    AppRow row;
    App& app = row.app;
    app.id = query.number(0);
    app.tenant = query.number(1);
    app.tenant_name = query.text(2);
    app.name = query.text(3);
    app.platform = query.text(4);
    app.style = static_cast<Style>(query.number(5));
    app.enabled = query.flag(6);
    app.enabled_at = query.time(7);
    row.push_settings = query.text(8);
    return row;
}

std::optional<AppRow> firstApp(Query&& query) {
    if (!query.next()) return std::nullopt;
    return readApp(query);
}

}  // namespace

std::optional<AppRow> SqliteAppRows::find(Id id) const {
    static const Sql sql = selectApps("WHERE a.id = ?1");
    return firstApp(Query(connection_, sql, id));
}

std::optional<AppRow> SqliteAppRows::find(Id tenant, std::string_view name) const {
    static const Sql sql = selectApps("WHERE a.tenant = ?1 AND a.name = ?2");
    return firstApp(Query(connection_, sql, tenant, name));
}

std::optional<EnrolledAppRow> SqliteAppRows::findByEnrolment(
    std::string_view enrolment_hash) const {
    static const Sql sql = selectApps("WHERE a.enrolment_hash = ?1");
    if (auto row = firstApp(Query(connection_, sql, Blob{enrolment_hash})))
        return EnrolledAppRow{*std::move(row), std::nullopt};
    static const Sql replaced = selectApps(
        "JOIN replaced_key k ON k.app = a.id WHERE k.enrolment_hash = ?1", ", k.registers_until");
    Query query(connection_, replaced, Blob{enrolment_hash});
    if (!query.next()) return std::nullopt;
    return EnrolledAppRow{readApp(query), query.time(kAppColumns)};
}

std::vector<AppRow> SqliteAppRows::list(Id tenant) const {
    static const Sql sql = selectApps("WHERE ?1 = 0 OR a.tenant = ?1 ORDER BY t.name, a.name");
    std::vector<AppRow> apps;
    Query query(connection_, sql, tenant);
    while (query.next()) apps.push_back(readApp(query));
    return apps;
}

std::optional<Id> SqliteAppRows::insert(const App& app, std::string_view enrolment_hash) {
    const bool is_new =
        Query(connection_,
              "INSERT INTO app (tenant, name, platform, style, enabled, enabled_at, "
              "enrolment_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (tenant, name) DO "
              "NOTHING",
              app.tenant, app.name, app.platform, app.style, app.enabled, app.enabled_at,
              Blob{enrolment_hash})
            .run() > 0;
    if (!is_new) return std::nullopt;
    return connection_.lastInsertId();
}

void SqliteAppRows::turnOff(Id id) {
    Query(connection_, "UPDATE app SET enabled = 0 WHERE id = ?1", id).run();
}

void SqliteAppRows::turnOn(Id id, util::WallTime now) {
    Query(connection_, "UPDATE app SET enabled = 1, enabled_at = ?2 WHERE id = ?1 AND enabled = 0",
          id, now)
        .run();
}

void SqliteAppRows::setPushSettings(Id id, std::string_view push_settings) {
    Query(connection_, "UPDATE app SET push_settings = ?2 WHERE id = ?1", id, push_settings).run();
}

void SqliteAppRows::setEnrolmentHash(Id id, std::string_view enrolment_hash,
                                     util::WallTime old_register_until) {
    Query(connection_,
          "INSERT INTO replaced_key (enrolment_hash, app, registers_until) SELECT enrolment_hash, "
          "id, ?2 FROM app WHERE id = ?1 AND enrolment_hash IS NOT NULL",
          id, old_register_until)
        .run();
    limitReplacedKeys(id, old_register_until);
    Query(connection_, "UPDATE app SET enrolment_hash = ?2 WHERE id = ?1", id, Blob{enrolment_hash})
        .run();
}

void SqliteAppRows::limitReplacedKeys(Id id, util::WallTime until) {
    Query(connection_,
          "UPDATE replaced_key SET registers_until = ?2 WHERE app = ?1 AND registers_until > ?2",
          id, until)
        .run();
}

util::WallTime SqliteAppRows::replacedKeysRegisterUntil(Id id) const {
    Query query(connection_,
                "SELECT coalesce(max(registers_until), 0) FROM replaced_key WHERE app = ?1", id);
    return query.next() ? query.time(0) : util::WallTime();
}

void SqliteAppRows::setStyle(Id id, Style style) {
    Query(connection_, "UPDATE app SET style = ?2 WHERE id = ?1", id, style).run();
}

std::int64_t SqliteAppRows::countRegistrations(Id id) const {
    Query query(connection_, "SELECT registrations FROM app WHERE id = ?1", id);
    return query.next() ? query.number(0) : 0;
}

void SqliteAppRows::close(Id id) {
    Query(connection_, "UPDATE app SET enabled = 0, enrolment_hash = NULL WHERE id = ?1", id).run();
    Query(connection_, "DELETE FROM replaced_key WHERE app = ?1", id).run();
}

void SqliteAppRows::closeAllOf(Id tenant) {
    Query(connection_,
          "DELETE FROM replaced_key WHERE app IN (SELECT id FROM app WHERE tenant = ?1)", tenant)
        .run();
    Query(connection_, "UPDATE app SET enabled = 0, enrolment_hash = NULL WHERE tenant = ?1",
          tenant)
        .run();
}

void SqliteAppRows::remove(Id id) {
    Query(connection_, "DELETE FROM app WHERE id = ?1", id).run();
}

}  // namespace postbell::sqlite
