// SPDX-License-Identifier: Apache-2.0
#include "sqlite/devices.h"

#include <vector>

#include "sqlite/managed_mailboxes.h"

namespace postbell::sqlite {

namespace {

struct Moving {
    Id id = 0;
    std::string account_key;
    std::int32_t known_count = kUnknownCount;
};

std::vector<Moving> registrationsOf(Connection& connection, Id device,
                                    std::string_view device_key) {
    std::vector<Moving> moving;
    Query query(
        connection,
        "SELECT r.id, r.account_key, coalesce(l.count, -1) FROM registration r "
        "LEFT JOIN last_count l ON l.registration = r.id WHERE r.device = ?1 AND r.device_key = ?2",
        device, Blob{device_key});
    while (query.next()) {
        moving.push_back(
            {query.number(0), query.text(1), static_cast<std::int32_t>(query.number(2))});
    }
    return moving;
}

void eraseDuplicate(Connection& connection, Id device, const Moving& moving) {
    Id other = 0;
    {
        Query query(
            connection,
            "SELECT id FROM registration WHERE device = ?1 AND account_key = ?2 AND id <> ?3",
            device, Blob{moving.account_key}, moving.id);
        if (query.next()) other = query.number(0);
    }
    if (other != 0) eraseRegistration(connection, other);
}

}  // namespace

Id putDevice(Connection& connection, const DeviceToken& token) {
    Query query(connection,
                "INSERT INTO device (app, token_key, token, environment, token_at, origin, "
                "token_expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                "ON CONFLICT (app, token_key) DO UPDATE SET environment = excluded.environment, "
                "token_at = excluded.token_at, dead_at = 0, first_410_at = 0, "
                "origin = excluded.origin, token_expires_at = excluded.token_expires_at "
                "RETURNING id",
                token.app, Blob{token.token_key}, Blob{token.sealed}, token.environment, token.now,
                token.origin, token.expires_at);
    query.next();
    return query.number(0);
}

void refreshDevice(Connection& connection, Id device) {
    Query count(connection, "SELECT count(*) FROM registration WHERE device = ?1", device);
    count.next();
    const std::int64_t registrations = count.number(0);
    if (registrations == 0) {
        Query(connection, "DELETE FROM device WHERE id = ?1", device).run();
        return;
    }
    Query(connection, "UPDATE device SET accounts = ?2 WHERE id = ?1", device, registrations).run();
    if (registrations == 1) {
        Query(connection,
              "DELETE FROM last_count WHERE registration IN (SELECT id FROM registration WHERE "
              "device = ?1)",
              device)
            .run();
    } else {
        Query(connection,
              "INSERT OR IGNORE INTO last_count (registration, count) SELECT id, -1 FROM "
              "registration WHERE device = ?1",
              device)
            .run();
    }
}

void eraseRegistration(Connection& connection, Id registration) {
    wakeMailboxOf(connection, registration);
    for (const char* sql :
         {"DELETE FROM callback WHERE registration = ?1",
          "DELETE FROM pending WHERE registration = ?1",
          "DELETE FROM last_count WHERE registration = ?1",
          "DELETE FROM seen WHERE registration = ?1", "DELETE FROM registration WHERE id = ?1"}) {
        Query(connection, sql, registration).run();
    }
}

void moveRegistrations(WriteContext& context, const Move& move) {
    Connection& connection = context.connection;
    const std::vector<Moving> all = registrationsOf(connection, move.from, move.device_key);
    for (const Moving& moving : all) {
        eraseDuplicate(connection, move.to, moving);
        Query(connection, "UPDATE registration SET device = ?2 WHERE id = ?1", moving.id, move.to)
            .run();
    }
    if (move.from != move.to) refreshDevice(connection, move.from);
    refreshDevice(connection, move.to);
    for (const Moving& moving : all) {
        const bool mail_is_pending = context.pending.announce(moving.id);
        if (mail_is_pending || !move.send_known || moving.known_count == kUnknownCount) continue;
        context.pending.addCount(moving.id, moving.known_count, move.now);
    }
}

}  // namespace postbell::sqlite
