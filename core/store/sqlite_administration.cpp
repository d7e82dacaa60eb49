// SPDX-License-Identifier: Apache-2.0
// Tenants, apps and the audit trail.
#include "store/devices.h"
#include "store/managed_mailboxes.h"
#include "store/sqlite_store.h"
#include "util/crypto.h"

namespace postbell::store {

namespace {

constexpr std::size_t kHashKeyBytes = 32;
constexpr std::int64_t kRemovedAtOnce = 200;

constexpr const char* kAppColumns =
    "SELECT a.id, a.tenant, t.name, a.name, a.platform, a.style, a.enabled, a.enabled_at "
    "FROM app a JOIN tenant t ON t.id = a.tenant ";

std::string selectApp(const char* rest) {
    return std::string(kAppColumns) + rest;
}

App readApp(const Query& query) {
    App app;
    app.id = query.number(0);
    app.tenant = query.number(1);
    app.tenant_name = query.text(2);
    app.name = query.text(3);
    app.platform = query.text(4);
    app.style = static_cast<Style>(query.number(5));
    app.enabled = query.flag(6);
    app.enabled_at = query.number(7);
    return app;
}

std::optional<App> firstApp(Query&& query) {
    if (!query.next()) return std::nullopt;
    return readApp(query);
}

/// How many registrations were removed; the tenant's last slice is not full.
std::size_t removeSlice(Connection& connection, Id tenant) {
    std::vector<std::pair<Id, Id>> slice;
    {
        Query query(connection,
                    "SELECT r.id, r.device FROM app a JOIN device d ON d.app = a.id JOIN "
                    "registration r ON r.device = d.id "
                    "WHERE a.tenant = ?1 LIMIT ?2",
                    tenant, kRemovedAtOnce);
        while (query.next()) slice.emplace_back(query.number(0), query.number(1));
    }
    for (const auto& [registration, device] : slice) {
        eraseRegistration(connection, registration);
        settleAccounts(connection, device);
    }
    return slice.size();
}

}  // namespace

std::optional<Tenant> SqliteStore::addTenant(const std::string& name) {
    std::optional<Tenant> added;
    const std::string hash_key = util::randomBytes(kHashKeyBytes);
    const std::string sealed = sealer_.seal(kHashKeyPlace, name, hash_key);
    writer_.run([&](WriteContext& context) {
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

Tenant SqliteStore::readTenant(const Query& query) const {
    Tenant tenant;
    tenant.id = query.number(0);
    tenant.name = query.text(1);
    tenant.hash_key = sealer_.open(kHashKeyPlace, tenant.name, query.text(2));
    return tenant;
}

std::vector<Tenant> SqliteStore::listTenants() {
    return read([&](Connection& connection) {
        std::vector<Tenant> tenants;
        Query query(connection, "SELECT id, name, hash_key FROM tenant ORDER BY name");
        while (query.next()) tenants.push_back(readTenant(query));
        return tenants;
    });
}

std::optional<Tenant> SqliteStore::findTenant(std::string_view name) {
    return read([&](Connection& connection) -> std::optional<Tenant> {
        Query query(connection, "SELECT id, name, hash_key FROM tenant WHERE name = ?1", name);
        if (!query.next()) return std::nullopt;
        return readTenant(query);
    });
}

std::optional<Tenant> SqliteStore::findTenant(Id id) {
    return read([&](Connection& connection) -> std::optional<Tenant> {
        Query query(connection, "SELECT id, name, hash_key FROM tenant WHERE id = ?1", id);
        if (!query.next()) return std::nullopt;
        return readTenant(query);
    });
}

bool SqliteStore::removeTenant(std::string_view name) {
    const std::optional<Tenant> tenant = findTenant(name);
    if (!tenant) return false;
    writer_.run([&](WriteContext& context) {
        Query(context.connection,
              "UPDATE app SET enabled = 0, enrolment_hash = NULL WHERE tenant = ?1", tenant->id)
            .run();
    });
    apps_.changed();
    bool finished = false;
    while (!finished) {
        writer_.run([&](WriteContext& context) {
            finished = removeSlice(context.connection, tenant->id) < kRemovedAtOnce;
            if (!finished) return;
            Query(context.connection, "DELETE FROM tenant WHERE id = ?1", tenant->id).run();
        });
    }
    apps_.changed();
    return true;
}

std::optional<App> SqliteStore::addApp(const App& app, std::string_view enrolment_hash) {
    Id id = 0;
    writer_.run([&](WriteContext& context) {
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

std::vector<App> SqliteStore::listApps(Id tenant) {
    static const std::string sql =
        selectApp("WHERE ?1 = 0 OR a.tenant = ?1 ORDER BY t.name, a.name");
    return read([&](Connection& connection) {
        std::vector<App> apps;
        Query query(connection, sql.c_str(), tenant);
        while (query.next()) apps.push_back(readApp(query));
        return apps;
    });
}

std::optional<App> SqliteStore::findAppByEnrolment(std::string_view enrolment_hash) {
    static const std::string sql = selectApp("WHERE a.enrolment_hash = ?1");
    return read([&](Connection& connection) {
        return firstApp(Query(connection, sql.c_str(), Blob{enrolment_hash}));
    });
}

std::optional<App> SqliteStore::findApp(Id tenant, std::string_view name) {
    static const std::string sql = selectApp("WHERE a.tenant = ?1 AND a.name = ?2");
    return read([&](Connection& connection) {
        return firstApp(Query(connection, sql.c_str(), tenant, name));
    });
}

std::optional<App> SqliteStore::findApp(Id id) {
    static const std::string sql = selectApp("WHERE a.id = ?1");
    return read(
        [&](Connection& connection) { return firstApp(Query(connection, sql.c_str(), id)); });
}

std::vector<Environment> SqliteStore::deviceEnvironments(Id app) {
    return read([&](Connection& connection) {
        std::vector<Environment> environments;
        Query query(connection,
                    "SELECT DISTINCT environment FROM device WHERE app = ?1 AND dead_at = 0", app);
        while (query.next()) environments.push_back(static_cast<Environment>(query.number(0)));
        return environments;
    });
}

void SqliteStore::setAppEnabled(Id app, bool enabled, std::int64_t now_ms) {
    writer_.run([&](WriteContext& context) {
        Query(context.connection,
              "UPDATE app SET enabled_at = iif(?2, ?3, enabled_at), enabled = ?2 WHERE id = ?1 AND "
              "enabled <> ?2",
              app, enabled, now_ms)
            .run();
        wakeMailboxesOfApp(context.connection, app);
    });
    apps_.changed();
}

void SqliteStore::setEnrolmentHash(Id app, std::string_view enrolment_hash) {
    writer_.run([&](WriteContext& context) {
        Query(context.connection, "UPDATE app SET enrolment_hash = ?2 WHERE id = ?1", app,
              Blob{enrolment_hash})
            .run();
    });
}

TenantCallback SqliteStore::addTenantCallback(const NewTenantCallback& callback) {
    TenantCallback added{0, callback.tenant, callback.instance, callback.now_ms,
                         !callback.secret.empty()};
    const std::string sealed =
        added.has_secret ? sealer_.seal(kCallbackSecretPlace, callback.token_hash, callback.secret)
                         : std::string();
    writer_.run([&](WriteContext& context) {
        Query(context.connection,
              "INSERT INTO tenant_callback (tenant, instance, token_hash, secret, created_at) "
              "VALUES (?1, ?2, ?3, ?4, ?5)",
              callback.tenant, callback.instance, Blob{callback.token_hash}, Blob{sealed},
              callback.now_ms)
            .run();
        added.id = context.connection.lastInsertId();
    });
    return added;
}

std::vector<TenantCallback> SqliteStore::listTenantCallbacks(Id tenant) {
    return read([&](Connection& connection) {
        std::vector<TenantCallback> callbacks;
        Query query(connection,
                    "SELECT id, tenant, instance, created_at, length(secret) > 0 FROM "
                    "tenant_callback WHERE ?1 = 0 OR tenant = ?1 ORDER BY id",
                    tenant);
        while (query.next())
            callbacks.push_back(
                {query.number(0), query.number(1), query.text(2), query.number(3), query.flag(4)});
        return callbacks;
    });
}

bool SqliteStore::removeTenantCallback(Id id) {
    bool found = false;
    writer_.run([&](WriteContext& context) {
        found =
            Query(context.connection, "DELETE FROM tenant_callback WHERE id = ?1", id).run() > 0;
    });
    return found;
}

void SqliteStore::audit(const std::string& who, const std::string& what, std::int64_t now_ms) {
    writer_.run([&](WriteContext& context) {
        Query(context.connection, "INSERT INTO audit (at, who, what) VALUES (?1, ?2, ?3)", now_ms,
              who, what)
            .run();
    });
}

}  // namespace postbell::store
