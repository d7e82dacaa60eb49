// SPDX-License-Identifier: Apache-2.0
// Registrations: coming, renewing, moving, going.
#include "sqlite/sqlite_registrations.h"
#include "sqlite/devices.h"
#include "sqlite/managed_mailboxes.h"
#include "store/sealed_places.h"
#include "util/crypto.h"

namespace postbell::sqlite {

namespace {

struct Known {
    Id id = 0;
    std::string public_id;
    Id device = 0;
    std::string device_key;
};

std::optional<Known> readKnown(Query&& query) {
    if (!query.next()) return std::nullopt;
    return Known{query.number(0), query.text(1), query.number(2), query.text(3)};
}

std::optional<Known> findRenewed(Connection& connection, const NewRegistration& incoming) {
    std::optional<Known> same_token =
        readKnown(Query(connection,
                        "SELECT r.id, r.public_id, r.device, r.device_key FROM registration r JOIN "
                        "device d ON d.id = r.device "
                        "WHERE d.app = ?1 AND d.token_key = ?2 AND r.account_key = ?3",
                        incoming.app, Blob{incoming.token_key}, Blob{incoming.account_key}));
    if (same_token || incoming.previous_secret_hash.empty()) return same_token;
    return readKnown(Query(
        connection,
        "SELECT r.id, r.public_id, r.device, r.device_key FROM registration r JOIN device d ON "
        "d.id = r.device "
        "WHERE d.app = ?1 AND r.account_key = ?2 AND r.device_key = ?3 AND r.secret_hash = ?4",
        incoming.app, Blob{incoming.account_key}, Blob{incoming.device_key},
        Blob{incoming.previous_secret_hash}));
}

void renew(WriteContext& context, const Known& known, Id device, const NewRegistration& incoming) {
    Connection& connection = context.connection;
    // The secret proves as much as it does for a change of the token, so all accounts of the phone
    // come along.
    if (known.device != device) {
        moveRegistrations(context, {known.device, device, known.device_key, false, incoming.now});
    }
    Query(connection,
          "UPDATE registration SET account_proof = iif(secret_hash = ?7, max(account_proof, ?6), "
          "?6), secret_hash = ?2, device_key = ?3, os_version = iif(?4 = '', os_version, ?4), "
          "app_version = iif(?5 = '', app_version, ?5) WHERE id = ?1",
          known.id, Blob{incoming.secret_hash}, Blob{incoming.device_key}, incoming.os_version,
          incoming.app_version, incoming.account_proof, Blob{incoming.previous_secret_hash})
        .run();
    Query(connection,
          "DELETE FROM callback WHERE registration = ?1 AND token_hash <> (SELECT callback FROM "
          "registration WHERE id = ?1)",
          known.id)
        .run();
}

Id insert(Connection& connection, Id device, const NewRegistration& incoming) {
    Query(connection,
          "INSERT INTO registration (public_id, device, created_at, account_key, device_key, "
          "secret_hash, os_version, "
          "app_version, account_proof) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
          incoming.public_id, device, incoming.now, Blob{incoming.account_key},
          Blob{incoming.device_key}, Blob{incoming.secret_hash}, incoming.os_version,
          incoming.app_version, incoming.account_proof)
        .run();
    const Id id = connection.lastInsertId();
    refreshDevice(connection, device);
    return id;
}

std::optional<Known> findKnown(Connection& connection, std::string_view public_id) {
    return readKnown(
        Query(connection,
              "SELECT id, public_id, device, device_key FROM registration WHERE public_id = ?1",
              public_id));
}

}  // namespace

Registered SqliteRegistrations::registerDevice(const NewRegistration& incoming) {
    Registered registered;
    const DeviceToken token{
        incoming.app,
        incoming.token_key,
        database_.sealer().seal(kDeviceTokenPlace, incoming.token_key, incoming.token),
        incoming.environment,
        incoming.now,
        incoming.origin,
        incoming.token_expires_at};
    ProvenMailbox mailbox{incoming.managed_instance, {}, {}};
    if (!incoming.managed_instance.empty()) {
        mailbox.key = util::hmacSha256(database_.mailboxKey(), incoming.mailbox);
        mailbox.sealed = database_.sealer().seal(kMailboxPlace, mailbox.key, incoming.mailbox);
    }
    database_.write([&](WriteContext& context) {
        Connection& connection = context.connection;
        const std::optional<Known> known = findRenewed(connection, incoming);
        const Id device = putDevice(connection, token);
        if (known) {
            renew(context, *known, device, incoming);
            registered = {known->public_id, known->id, true};
        } else {
            registered = {incoming.public_id, insert(connection, device, incoming), false};
        }
        Query(connection,
              "INSERT INTO callback (token_hash, registration, proof_hash, created_at) VALUES (?1, "
              "?2, ?3, ?4)",
              Blob{incoming.callback_hash}, registered.id, Blob{incoming.proof_hash}, incoming.now)
            .run();
        if (!incoming.managed_instance.empty())
            manage(context, registered.id, mailbox, incoming.now);
    });
    database_.seen().deviceCalled(registered.id, incoming.now);
    return registered;
}

bool SqliteRegistrations::changeToken(std::string_view public_id, const TokenChange& change) {
    std::optional<Known> found;
    const std::string sealed =
        database_.sealer().seal(kDeviceTokenPlace, change.token_key, change.token);
    database_.write([&](WriteContext& context) {
        Connection& connection = context.connection;
        found = findKnown(connection, public_id);
        if (!found) return;
        DeviceToken token{0,
                          change.token_key,
                          sealed,
                          Environment::None,
                          change.now,
                          change.origin,
                          change.token_expires_at};
        {
            Query query(connection, "SELECT app, environment FROM device WHERE id = ?1",
                        found->device);
            query.next();
            token.app = query.number(0);
            token.environment = static_cast<Environment>(query.number(1));
        }
        const Id device = putDevice(connection, token);
        moveRegistrations(context, {found->device, device, found->device_key, true, change.now});
    });
    if (!found) return false;
    database_.seen().deviceCalled(found->id, change.now);
    return true;
}

bool SqliteRegistrations::changeVersions(std::string_view public_id, const std::string& os_version,
                                         const std::string& app_version) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        found = Query(context.connection,
                      "UPDATE registration SET os_version = iif(?2 = '', os_version, ?2), "
                      "app_version = iif(?3 = '', app_version, ?3) WHERE public_id = ?1",
                      public_id, os_version, app_version)
                    .run() > 0;
    });
    return found;
}

bool SqliteRegistrations::approveAccount(std::string_view public_id) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        found = Query(context.connection,
                      "UPDATE registration SET account_proof = ?2 WHERE public_id = ?1", public_id,
                      AccountProof::Approved)
                    .run() > 0;
    });
    return found;
}

bool SqliteRegistrations::removeRegistration(std::string_view public_id) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        const std::optional<Known> known = findKnown(context.connection, public_id);
        found = known.has_value();
        if (!known) return;
        eraseRegistration(context.connection, known->id);
        database_.seen().forget(known->id);
        refreshDevice(context.connection, known->device);
    });
    return found;
}

}  // namespace postbell::sqlite
