// SPDX-License-Identifier: Apache-2.0
// Tenants, apps and the audit trail.
#include "sqlite/sqlite_directory.h"

#include "sqlite/managed_mailboxes.h"
#include "sqlite/tenant_rows.h"
#include "store/credential_text.h"
#include "store/sealed_places.h"
#include "util/crypto.h"

namespace postbell::sqlite {

namespace {

constexpr std::size_t kHashKeyBytes = 32;

std::optional<App> firstApp(Query&& query) {
    if (!query.next()) return std::nullopt;
    return readApp(query);
}

}  // namespace

std::optional<Tenant> SqliteDirectory::addTenant(const std::string& name) {
    std::optional<Tenant> added;
    const std::string hash_key = util::randomBytes(kHashKeyBytes);
    const std::string sealed = database_.sealer().seal(kHashKeyPlace, name, hash_key);
    database_.write([&](WriteContext& context) {
        const bool is_new =
            Query(
                context.connection,
                "INSERT INTO tenant (name, hash_key) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
                name, Blob{sealed})
                .run() > 0;
        added.reset();
        if (is_new) added = Tenant{context.connection.lastInsertId(), name, hash_key};
    });
    return added;
}

Tenant SqliteDirectory::readTenant(const Query& query) const {
    Tenant tenant;
    tenant.id = query.number(0);
    tenant.name = query.text(1);
    tenant.hash_key = database_.opened(kHashKeyPlace, tenant.name, query.text(2));
    return tenant;
}

std::vector<Tenant> SqliteDirectory::listTenants() {
    return database_.read([&](Connection& connection) {
        std::vector<Tenant> tenants;
        Query query(connection, "SELECT id, name, hash_key FROM tenant ORDER BY name");
        while (query.next()) tenants.push_back(readTenant(query));
        return tenants;
    });
}

std::optional<Tenant> SqliteDirectory::findTenant(std::string_view name) {
    return database_.read([&](Connection& connection) -> std::optional<Tenant> {
        Query query(connection, "SELECT id, name, hash_key FROM tenant WHERE name = ?1", name);
        if (!query.next()) return std::nullopt;
        return readTenant(query);
    });
}

std::optional<Tenant> SqliteDirectory::findTenant(Id id) {
    return database_.read([&](Connection& connection) -> std::optional<Tenant> {
        Query query(connection, "SELECT id, name, hash_key FROM tenant WHERE id = ?1", id);
        if (!query.next()) return std::nullopt;
        return readTenant(query);
    });
}

std::optional<App> SqliteDirectory::addApp(const App& app, std::string_view enrolment_hash) {
    Id id = 0;
    database_.write([&](WriteContext& context) {
        const bool is_new =
            Query(context.connection,
                  "INSERT INTO app (tenant, name, platform, style, enabled, enabled_at, "
                  "enrolment_hash) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (tenant, name) DO NOTHING",
                  app.tenant, app.name, app.platform, app.style, app.enabled, app.enabled_at,
                  Blob{enrolment_hash})
                .run() > 0;
        id = is_new ? context.connection.lastInsertId() : 0;
    });
    return id != 0 ? findApp(id) : std::nullopt;
}

std::vector<App> SqliteDirectory::listApps(Id tenant) {
    static const std::string sql =
        selectApp("WHERE ?1 = 0 OR a.tenant = ?1 ORDER BY t.name, a.name");
    return database_.read([&](Connection& connection) {
        std::vector<App> apps;
        Query query(connection, sql.c_str(), tenant);
        while (query.next()) apps.push_back(readApp(query));
        return apps;
    });
}

std::optional<App> SqliteDirectory::findAppByEnrolment(std::string_view enrolment_hash) {
    static const std::string sql = selectApp("WHERE a.enrolment_hash = ?1");
    return database_.read([&](Connection& connection) {
        return firstApp(Query(connection, sql.c_str(), Blob{enrolment_hash}));
    });
}

std::optional<App> SqliteDirectory::findApp(Id tenant, std::string_view name) {
    static const std::string sql = selectApp("WHERE a.tenant = ?1 AND a.name = ?2");
    return database_.read([&](Connection& connection) {
        return firstApp(Query(connection, sql.c_str(), tenant, name));
    });
}

std::optional<App> SqliteDirectory::findApp(Id id) {
    return database_.read([&](Connection& connection) { return sqlite::findApp(connection, id); });
}

std::vector<Environment> SqliteDirectory::deviceEnvironments(Id app) {
    return database_.read([&](Connection& connection) {
        std::vector<Environment> environments;
        Query query(connection,
                    "SELECT DISTINCT environment FROM device WHERE app = ?1 AND dead_at = 0", app);
        while (query.next()) environments.push_back(static_cast<Environment>(query.number(0)));
        return environments;
    });
}

void SqliteDirectory::setAppEnabled(Id app, bool enabled, util::WallTime now) {
    database_.write([&](WriteContext& context) {
        Query(context.connection,
              "UPDATE app SET enabled_at = iif(?2, ?3, enabled_at), enabled = ?2 WHERE id = ?1 AND "
              "enabled <> ?2",
              app, enabled, now)
            .run();
        wakeMailboxesOfApp(context.connection, app);
    });
    database_.apps().changed();
}

void SqliteDirectory::setPushSettings(
    Id app, const std::vector<std::pair<std::string, std::string>>& settings) {
    database_.write([&, text = settingsText(settings)](WriteContext& context) {
        Query(context.connection, "UPDATE app SET push_settings = ?2 WHERE id = ?1", app, text)
            .run();
    });
    database_.apps().changed();
}

void SqliteDirectory::setEnrolmentHash(Id app, std::string_view enrolment_hash) {
    database_.write([&](WriteContext& context) {
        Query(context.connection, "UPDATE app SET enrolment_hash = ?2 WHERE id = ?1", app,
              Blob{enrolment_hash})
            .run();
    });
}

void SqliteDirectory::audit(const std::string& who, const std::string& what, util::WallTime now) {
    database_.write([&](WriteContext& context) {
        Query(context.connection, "INSERT INTO audit (at, who, what) VALUES (?1, ?2, ?3)", now, who,
              what)
            .run();
    });
}

}  // namespace postbell::sqlite
