// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_device_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

std::optional<DeviceIdentity> SqliteDeviceRows::identityOf(Id device) const {
    Query query(connection_,
                "SELECT app, token_key, environment, device_key FROM device WHERE id = ?1", device);
    if (!query.next()) return std::nullopt;
    return DeviceIdentity{query.number(0), query.text(1), static_cast<Environment>(query.number(2)),
                          query.text(3)};
}

std::optional<CountedDevice> SqliteDeviceRows::find(const DeviceIdentity& identity) const {
    Query query(connection_,
                "SELECT id, accounts FROM device WHERE app = ?1 AND token_key = ?2 AND environment "
                "= ?3 AND device_key = ?4",
                identity.app, Blob{identity.token_key}, identity.environment,
                Blob{identity.device_key});
    if (!query.next()) return std::nullopt;
    return CountedDevice{query.number(0), query.number(1)};
}

std::vector<Environment> SqliteDeviceRows::environmentsOf(Id app) const {
    std::vector<Environment> environments;
    Query query(connection_,
                "SELECT DISTINCT environment FROM device WHERE app = ?1 AND dead_at = 0", app);
    while (query.next()) environments.push_back(static_cast<Environment>(query.number(0)));
    return environments;
}

Id SqliteDeviceRows::findOrInsert(const DeviceIdentity& identity) {
    if (const auto known = find(identity)) return known->id;
    Query(connection_,
          "INSERT INTO device (app, token_key, environment, device_key, token, token_at) VALUES "
          "(?1, ?2, ?3, ?4, x'', 0)",
          identity.app, Blob{identity.token_key}, identity.environment, Blob{identity.device_key})
        .run();
    return connection_.lastInsertId();
}

void SqliteDeviceRows::putToken(Id device, const DeviceTokenRow& token) {
    Query(connection_,
          "UPDATE device SET token = ?2, token_at = ?3, dead_at = 0, first_410_at = 0, "
          "first_foreign_at = 0, proven_at = iif(origin = ?4, proven_at, 0), origin = ?4, "
          "token_expires_at = ?5 WHERE id = ?1",
          device, Blob{token.token}, token.token_at, token.origin, token.token_expires_at)
        .run();
}

std::vector<CountedDevice> SqliteDeviceRows::countRegistrations(std::span<const Id> devices) {
    std::vector<CountedDevice> counted;
    Query query(connection_,
                "UPDATE device SET accounts = (SELECT count(*) FROM registration r WHERE r.device "
                "= device.id) WHERE id IN (SELECT value FROM json_each(?1)) RETURNING id, accounts",
                Ids{devices});
    while (query.next()) counted.push_back({query.number(0), query.number(1)});
    return counted;
}

void SqliteDeviceRows::remove(std::span<const Id> devices) {
    Query(connection_, "DELETE FROM device WHERE id IN (SELECT value FROM json_each(?1))",
          Ids{devices})
        .run();
}

}  // namespace postbell::sqlite
