// SPDX-License-Identifier: Apache-2.0
// The URLs on which whole mail servers notify.
#include "sqlite/sqlite_directory.h"
#include "store/sealed_places.h"

namespace postbell::sqlite {

TenantCallback SqliteDirectory::addTenantCallback(const NewTenantCallback& callback) {
    TenantCallback added{0, callback.tenant, callback.instance, callback.now,
                         !callback.secret.empty()};
    const std::string sealed =
        added.has_secret
            ? database_.sealer().seal(kCallbackSecretPlace, callback.token_hash, callback.secret)
            : std::string();
    database_.write([&](WriteContext& context) {
        Query(context.connection,
              "INSERT INTO tenant_callback (tenant, instance, token_hash, secret, created_at) "
              "VALUES (?1, ?2, ?3, ?4, ?5)",
              callback.tenant, callback.instance, Blob{callback.token_hash}, Blob{sealed},
              callback.now)
            .run();
        added.id = context.connection.lastInsertId();
    });
    return added;
}

std::vector<TenantCallback> SqliteDirectory::listTenantCallbacks(Id tenant) {
    return database_.read([&](Connection& connection) {
        std::vector<TenantCallback> callbacks;
        Query query(connection,
                    "SELECT id, tenant, instance, created_at, length(secret) > 0 FROM "
                    "tenant_callback WHERE ?1 = 0 OR tenant = ?1 ORDER BY id",
                    tenant);
        while (query.next())
            callbacks.push_back(
                {query.number(0), query.number(1), query.text(2), query.time(3), query.flag(4)});
        return callbacks;
    });
}

bool SqliteDirectory::removeTenantCallback(Id id) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        found =
            Query(context.connection, "DELETE FROM tenant_callback WHERE id = ?1", id).run() > 0;
    });
    return found;
}

}  // namespace postbell::sqlite
