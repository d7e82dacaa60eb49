// SPDX-License-Identifier: Apache-2.0
// Whom a callback is for.
#include "store/reach.h"
#include "store/sealed_places.h"
#include "store/sqlite_events.h"
#include "store/target_rows.h"

namespace postbell::store {

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
    row->recipient.app = database_.app(row->app);
    if (!row->recipient.app) return std::nullopt;
    callback.of = RegistrationCallback{std::move(row->recipient), data_version};
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
    mailbox.served = database_.complete(std::move(rows));
    callback.of = std::move(mailbox);
    return callback;
}

std::optional<Callback> SqliteEvents::findServerCallback(std::string_view token_hash) {
    Callback callback;
    ServerCallback server;
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
        const std::string sealed = query.text(4);
        c.has_secret = !sealed.empty();
        if (c.has_secret)
            server.secret = database_.sealer().open(kCallbackSecretPlace, token_hash, sealed);
        server.tenant_hash_key =
            database_.sealer().open(kHashKeyPlace, query.text(5), query.text(6));
    });
    if (server.callback.id == 0) return std::nullopt;
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
    return database_.complete(database_.read(Reads::AllButPending, [&](Connection& connection) {
        std::vector<RecipientRow> rows;
        Query query(connection, sql.c_str(), Blob{id_hash}, instance, tenant, kMaxRecipients);
        while (query.next()) rows.push_back(readRecipient(query));
        return rows;
    }));
}

std::vector<Recipient> SqliteEvents::provenFor(Id tenant, std::string_view account_key) {
    static const std::string sql = selectRecipient(
        "registration r",
        "JOIN app a ON a.id = d.app WHERE r.account_key = ?1 AND r.account_proof <> 0 AND "
        "a.tenant = ?2 ORDER BY r.id LIMIT ?3");
    return database_.complete(database_.read(Reads::AllButPending, [&](Connection& connection) {
        std::vector<RecipientRow> rows;
        Query query(connection, sql.c_str(), Blob{account_key}, tenant, kMaxRecipients);
        while (query.next()) rows.push_back(readRecipient(query));
        return rows;
    }));
}

}  // namespace postbell::store
