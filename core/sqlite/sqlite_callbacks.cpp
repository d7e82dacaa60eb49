// SPDX-License-Identifier: Apache-2.0
// Whom a callback is for.
#include "sqlite/sqlite_events.h"
#include "sqlite/target_rows.h"
#include "store/reach.h"
#include "store/sealed_places.h"

namespace postbell::sqlite {

std::optional<Callback> SqliteEvents::findCallback(std::string_view token_hash) {
    std::optional<Callback> callback = findRegistrationCallback(token_hash);
    if (!callback) callback = findMailboxCallback(token_hash);
    if (!callback) callback = findServerCallback(token_hash);
    return callback;
}

std::optional<Callback> SqliteEvents::findRegistrationCallback(std::string_view token_hash) {
    static const std::string sql = selectRecipient(
        "callback c CROSS JOIN registration r ON r.id = c.registration", "WHERE c.token_hash = ?1",
        std::string(kTargetColumns).append(", c.proof_hash"));
    const std::uint64_t data_version = database_.readers().dataVersion();
    Callback callback;
    std::optional<RecipientRow> row = database_.read(
        Reads::AllButPending, [&](Connection& connection) -> std::optional<RecipientRow> {
            Query query(connection, sql.c_str(), Blob{token_hash});
            if (!query.next()) return std::nullopt;
            SealedTarget target = readTarget(query);
            callback.proof_hash = query.text(kRecipientColumns + kTargetColumnCount);
            RecipientRow found = target.registration;
            if (found.recipient.mailbox == 0) recent_.put(std::move(target), data_version);
            return found;
        });
    if (!row) return std::nullopt;
    std::optional<Recipient> recipient = database_.completer().complete(*std::move(row));
    if (!recipient) return std::nullopt;
    callback.of = RegistrationCallback{*std::move(recipient), data_version};
    return callback;
}

std::optional<Callback> SqliteEvents::findMailboxCallback(std::string_view token_hash) {
    static const std::string sql =
        selectRecipient("registration r", "WHERE r.managed = ?1 AND r.managed <> 0 ORDER BY r.id");
    Callback callback;
    MailboxCallback mailbox;
    std::vector<RecipientRow> rows;
    database_.read(Reads::AllButPending, [&](Connection& connection) {
        Query found(connection,
                    "SELECT id, proof_hash, subscription_hash, instance FROM managed WHERE "
                    "callback_hash = ?1",
                    Blob{token_hash});
        if (!found.next()) return;
        mailbox.mailbox = found.number(0);
        callback.proof_hash = found.text(1);
        mailbox.subscription_hash = found.text(2);
        const std::string instance = found.text(3);
        Query query(connection, sql.c_str(), mailbox.mailbox);
        while (query.next()) {
            rows.push_back(readRecipient(query));
            // Whose subscription the gateway holds: on the mailbox's instance.
            rows.back().recipient.subscription.instance = instance;
        }
    });
    if (mailbox.mailbox == 0) return std::nullopt;
    mailbox.served = database_.completer().complete(std::move(rows));
    callback.of = std::move(mailbox);
    return callback;
}

std::optional<Callback> SqliteEvents::findServerCallback(std::string_view token_hash) {
    Callback callback;
    ServerCallback server;
    std::string sealed_secret, tenant, sealed_hash_key;
    database_.read(Reads::AllButPending, [&](Connection& connection) {
        Query query(connection,
                    "SELECT c.id, c.tenant, c.instance, c.created_at, c.secret, t.name, "
                    "t.hash_key FROM tenant_callback c JOIN tenant t ON t.id = c.tenant WHERE "
                    "c.token_hash = ?1",
                    Blob{token_hash});
        if (!query.next()) return;
        TenantCallback& c = server.callback;
        c.id = query.number(0);
        c.tenant = query.number(1);
        c.instance = query.text(2);
        c.created_at = query.time(3);
        sealed_secret = query.text(4);
        tenant = query.text(5);
        sealed_hash_key = query.text(6);
    });
    if (server.callback.id == 0) return std::nullopt;
    server.callback.has_secret = !sealed_secret.empty();
    if (server.callback.has_secret)
        server.secret = database_.opened(kCallbackSecretPlace, token_hash, sealed_secret);
    server.tenant_hash_key = hash_keys_.find(server.callback.tenant, [&] {
        return database_.opened(kHashKeyPlace, tenant, sealed_hash_key);
    });
    callback.of = std::move(server);
    return callback;
}

std::vector<Recipient> SqliteEvents::reportedBy(Id tenant, std::string_view instance,
                                                std::string_view id_hash) {
    static const std::string sql =
        selectRecipient("registration r",
                        "JOIN app a ON a.id = d.app WHERE r.subscription_hash = ?1 AND "
                        "r.subscription_hash <> x'' AND r.instance = ?2 AND a.tenant = ?3 "
                        "ORDER BY r.id LIMIT ?4");
    return database_.completer().complete(
        database_.read(Reads::AllButPending, [&](Connection& connection) {
            std::vector<RecipientRow> rows;
            Query query(connection, sql.c_str(), Blob{id_hash}, instance, tenant, kMaxRecipients);
            while (query.next()) rows.push_back(readRecipient(query));
            return rows;
        }));
}

std::vector<Recipient> SqliteEvents::provenFor(Id tenant, std::string_view instance,
                                               std::string_view account_key) {
    static const std::string sql = selectRecipient(
        "registration r",
        "JOIN app a ON a.id = d.app WHERE r.account_key = ?1 AND a.tenant = ?2 AND "
        "(r.account_proof = ?3 OR (r.account_proof = ?4 AND EXISTS (SELECT 1 FROM managed m WHERE "
        "m.id = r.managed AND m.instance = ?5))) ORDER BY r.id LIMIT ?6");
    return database_.completer().complete(
        database_.read(Reads::AllButPending, [&](Connection& connection) {
            std::vector<RecipientRow> rows;
            Query query(connection, sql.c_str(), Blob{account_key}, tenant, AccountProof::Approved,
                        AccountProof::Proven, instance, kMaxRecipients);
            while (query.next()) rows.push_back(readRecipient(query));
            return rows;
        }));
}

}  // namespace postbell::sqlite
