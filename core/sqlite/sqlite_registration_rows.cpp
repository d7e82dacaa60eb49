// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_registration_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

namespace {

Sql selectKnown(std::string_view rest) {
    return Sql::kept(
        std::string("SELECT r.id, r.public_id, r.device, d.token_key, "
                    "r.left_token_key, r.secret_hash, r.os_version, r.app_version, "
                    "r.account_proof FROM registration r JOIN device d ON d.id = r.device WHERE ")
            .append(rest));
}

std::optional<KnownRegistration> firstKnown(Query&& query) {
    if (!query.next()) return std::nullopt;
    KnownRegistration known;
    known.id = query.number(0);
    known.public_id = query.text(1);
    known.device = query.number(2);
    known.token_key = query.text(3);
    known.left_token_key = query.text(4);
    known.secret_hash = query.text(5);
    known.os_version = query.text(6);
    known.app_version = query.text(7);
    known.account_proof = static_cast<AccountProof>(query.number(8));
    return known;
}

std::vector<RegistrationOnDevice> readAll(Query&& query) {
    std::vector<RegistrationOnDevice> all;
    while (query.next()) all.push_back({query.number(0), query.number(1)});
    return all;
}

}  // namespace

std::optional<KnownRegistration> SqliteRegistrationRows::find(std::string_view public_id) const {
    static const Sql sql = selectKnown("r.public_id = ?1");
    return firstKnown(Query(connection_, sql, public_id));
}

std::optional<KnownRegistration> SqliteRegistrationRows::findByDevice(
    const DeviceIdentity& device, std::string_view account_key) const {
    static const Sql sql = selectKnown(
        "d.app = ?1 AND d.token_key = ?2 AND d.environment = ?3 AND d.device_key = ?4 AND "
        "r.account_key = ?5");
    return firstKnown(Query(connection_, sql, device.app, Blob{device.token_key},
                            device.environment, Blob{device.device_key}, Blob{account_key}));
}

std::optional<KnownRegistration> SqliteRegistrationRows::findBySecret(
    Id app, std::string_view account_key, std::string_view device_key,
    std::string_view secret_hash) const {
    // +: from the account's registrations to their devices, not through all devices of the app.
    static const Sql sql = selectKnown(
        "+d.app = ?1 AND r.account_key = ?2 AND +d.device_key = ?3 AND r.secret_hash = ?4");
    return firstKnown(
        Query(connection_, sql, app, Blob{account_key}, Blob{device_key}, Blob{secret_hash}));
}

std::vector<MovingRegistration> SqliteRegistrationRows::listMoving(Id from, Id to) const {
    std::vector<MovingRegistration> moving;
    Query query(connection_,
                "SELECT r.id, o.id, coalesce(l.count, ?3) FROM registration r LEFT JOIN "
                "registration o ON o.device = ?2 AND o.account_key = r.account_key LEFT JOIN "
                "last_count l ON l.registration = r.id WHERE r.device = ?1 ORDER BY r.id",
                from, to, kUnknownCount);
    while (query.next())
        moving.push_back(
            {query.number(0), query.number(1), static_cast<std::int32_t>(query.number(2))});
    return moving;
}

std::vector<RegistrationOnDevice> SqliteRegistrationRows::someOfTenant(Id tenant,
                                                                       std::size_t limit) const {
    return readAll(Query(connection_,
                         "SELECT r.id, r.device FROM app a JOIN device d ON d.app = a.id JOIN "
                         "registration r ON r.device = d.id WHERE a.tenant = ?1 LIMIT ?2",
                         tenant, limit));
}

std::vector<RegistrationOnDevice> SqliteRegistrationRows::someOfApp(Id app,
                                                                    std::size_t limit) const {
    return readAll(Query(connection_,
                         "SELECT r.id, r.device FROM device d JOIN registration r ON r.device = "
                         "d.id WHERE d.app = ?1 LIMIT ?2",
                         app, limit));
}

Id SqliteRegistrationRows::insert(const NewRegistrationRow& registration) {
    Query(connection_,
          "INSERT INTO registration (public_id, device, created_at, account_key, secret_hash, "
          "os_version, app_version, account_proof) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
          registration.public_id, registration.device, registration.created_at,
          Blob{registration.account_key}, Blob{registration.secret_hash}, registration.os_version,
          registration.app_version, registration.account_proof)
        .run();
    return connection_.lastInsertId();
}

void SqliteRegistrationRows::renew(Id id, const RenewalRow& renewal) {
    Query(connection_,
          "UPDATE registration SET secret_hash = ?2, os_version = ?3, app_version = ?4, "
          "account_proof = ?5 WHERE id = ?1",
          id, Blob{renewal.secret_hash}, renewal.os_version, renewal.app_version,
          renewal.account_proof)
        .run();
}

void SqliteRegistrationRows::move(Id from, Id to, std::string_view left_token_key) {
    Query(connection_, "UPDATE registration SET device = ?2, left_token_key = ?3 WHERE device = ?1",
          from, to, Blob{left_token_key})
        .run();
}

bool SqliteRegistrationRows::setVersions(std::string_view public_id,
                                         std::optional<std::string_view> os_version,
                                         std::optional<std::string_view> app_version) {
    return Query(connection_,
                 "UPDATE registration SET os_version = coalesce(?2, os_version), app_version = "
                 "coalesce(?3, app_version) WHERE public_id = ?1",
                 public_id, os_version, app_version)
               .run() > 0;
}

bool SqliteRegistrationRows::setAccountProof(std::string_view public_id, AccountProof proof) {
    return Query(connection_, "UPDATE registration SET account_proof = ?2 WHERE public_id = ?1",
                 public_id, proof)
               .run() > 0;
}

void SqliteRegistrationRows::remove(std::span<const Id> ids) {
    for (const Sql sql :
         {Sql("DELETE FROM callback WHERE registration IN (SELECT value FROM json_each(?1))"),
          Sql("DELETE FROM pending WHERE registration IN (SELECT value FROM json_each(?1))"),
          Sql("DELETE FROM last_count WHERE registration IN (SELECT value FROM json_each(?1))"),
          Sql("DELETE FROM seen WHERE registration IN (SELECT value FROM json_each(?1))"),
          Sql("DELETE FROM registration WHERE id IN (SELECT value FROM json_each(?1))")})
        Query(connection_, sql, Ids{ids}).run();
}

}  // namespace postbell::sqlite
