// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_tenant_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

namespace {

TenantRow readTenant(const Query& query) {
    return {query.number(0), query.text(1), query.text(2)};
}

std::optional<TenantRow> firstTenant(Query&& query) {
    if (!query.next()) return std::nullopt;
    return readTenant(query);
}

TenantCallback readCallback(const Query& query) {
    return {query.number(0), query.number(1), query.text(2), query.time(3), query.flag(4)};
}

}  // namespace

std::vector<TenantRow> SqliteTenantRows::list() const {
    std::vector<TenantRow> tenants;
    Query query(connection_, "SELECT id, name, hash_key FROM tenant ORDER BY name");
    while (query.next()) tenants.push_back(readTenant(query));
    return tenants;
}

std::optional<TenantRow> SqliteTenantRows::find(std::string_view name) const {
    return firstTenant(
        Query(connection_, "SELECT id, name, hash_key FROM tenant WHERE name = ?1", name));
}

std::optional<TenantRow> SqliteTenantRows::find(Id id) const {
    return firstTenant(
        Query(connection_, "SELECT id, name, hash_key FROM tenant WHERE id = ?1", id));
}

std::optional<Id> SqliteTenantRows::insert(std::string_view name) {
    const bool is_new = Query(connection_,
                              "INSERT INTO tenant (name, hash_key) VALUES (?1, x'') ON CONFLICT "
                              "(name) DO NOTHING",
                              name)
                            .run() > 0;
    if (!is_new) return std::nullopt;
    return connection_.lastInsertId();
}

void SqliteTenantRows::putHashKey(Id id, std::string_view sealed_key) {
    Query(connection_, "UPDATE tenant SET hash_key = ?2 WHERE id = ?1", id, Blob{sealed_key}).run();
}

void SqliteTenantRows::remove(Id id) {
    Query(connection_, "DELETE FROM tenant WHERE id = ?1", id).run();
}

std::vector<TenantCallback> SqliteTenantCallbackRows::list(Id tenant) const {
    std::vector<TenantCallback> callbacks;
    Query query(connection_,
                "SELECT id, tenant, instance, created_at, length(secret) > 0 FROM "
                "tenant_callback WHERE ?1 = 0 OR tenant = ?1 ORDER BY id",
                tenant);
    while (query.next()) callbacks.push_back(readCallback(query));
    return callbacks;
}

std::optional<SealedTenantCallback> SqliteTenantCallbackRows::find(
    std::string_view token_hash) const {
    Query query(connection_,
                "SELECT c.id, c.tenant, c.instance, c.created_at, length(c.secret) > 0, c.secret, "
                "t.name, t.hash_key FROM tenant_callback c JOIN tenant t ON t.id = c.tenant WHERE "
                "c.token_hash = ?1",
                Blob{token_hash});
    if (!query.next()) return std::nullopt;
    return SealedTenantCallback{readCallback(query), query.text(5), query.text(6), query.text(7)};
}

Id SqliteTenantCallbackRows::insert(const NewTenantCallback& callback) {
    Query(connection_,
          "INSERT INTO tenant_callback (tenant, instance, token_hash, secret, created_at) "
          "VALUES (?1, ?2, ?3, x'', ?4)",
          callback.tenant, callback.instance, Blob{callback.token_hash}, callback.now)
        .run();
    return connection_.lastInsertId();
}

void SqliteTenantCallbackRows::putSecret(Id id, std::string_view sealed_secret) {
    Query(connection_, "UPDATE tenant_callback SET secret = ?2 WHERE id = ?1", id,
          Blob{sealed_secret})
        .run();
}

bool SqliteTenantCallbackRows::remove(Id id) {
    return Query(connection_, "DELETE FROM tenant_callback WHERE id = ?1", id).run() > 0;
}

}  // namespace postbell::sqlite
