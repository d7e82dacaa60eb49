// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_recipient_reads.h"

#include "sqlite/registration_columns.h"

namespace postbell::sqlite {

namespace {

constexpr std::string_view kTargetColumns =
    ", d.token, d.token_key, d.device_key, d.token_at, d.first_410_at, d.first_foreign_at, "
    "d.origin, "
    "d.token_expires_at";
constexpr int kTargetColumnCount = 8;

void readTarget(const Query& query, SealedTarget& target) {
    int column = kRecipientColumns;
    readRecipient(query, target.registration);
    target.token = query.text(column++);
    const std::string_view token_key = query.view(column++);
    const std::string_view device_key = query.view(column++);
    target.token_at = query.time(column++);
    target.first_410_at = query.time(column++);
    target.first_foreign_at = query.time(column++);
    target.origin = query.text(column++);
    target.token_expires_at = query.time(column);
    target.bindToken(token_key, device_key);
}

std::vector<RecipientRow> readAll(Query&& query) {
    std::vector<RecipientRow> rows;
    while (query.next()) readRecipient(query, rows.emplace_back());
    return rows;
}

}  // namespace

std::optional<CallbackTarget> SqliteRecipientReads::findByCallback(
    std::string_view token_hash) const {
    static const Sql sql = selectRecipient(
        "callback c CROSS JOIN registration r ON r.id = c.registration", "WHERE c.token_hash = ?1",
        std::string(kTargetColumns).append(", c.proof_hash"));
    std::optional<CallbackTarget> found;
    Query query(connection_, sql, Blob{token_hash});
    if (!query.next()) return found;
    readTarget(query, found.emplace().target);
    found->proof_hash = query.text(kRecipientColumns + kTargetColumnCount);
    return found;
}

std::optional<SealedTarget> SqliteRecipientReads::findTarget(Id registration) const {
    static const Sql sql = selectRecipient("registration r", "WHERE r.id = ?1", kTargetColumns);
    std::optional<SealedTarget> found;
    Query query(connection_, sql, registration);
    if (query.next()) readTarget(query, found.emplace());
    return found;
}

std::vector<RecipientRow> SqliteRecipientReads::servedBy(Id mailbox) const {
    static const Sql sql =
        selectRecipient("registration r", "WHERE r.managed = ?1 AND r.managed <> 0 ORDER BY r.id");
    return readAll(Query(connection_, sql, mailbox));
}

std::vector<RecipientRow> SqliteRecipientReads::reportedBy(Id tenant, std::string_view instance,
                                                           std::string_view id_hash,
                                                           std::size_t limit) const {
    static const Sql sql =
        selectRecipient("registration r",
                        "JOIN app a ON a.id = d.app WHERE r.subscription_hash = ?1 AND "
                        "r.subscription_hash <> x'' AND r.instance = ?2 AND a.tenant = ?3 "
                        "ORDER BY r.id LIMIT ?4");
    return readAll(Query(connection_, sql, Blob{id_hash}, instance, tenant, limit));
}

void SqliteRecipientReads::eachProven(Id tenant, std::string_view account_key,
                                      const Visit& visit) const {
    static const Sql sql =
        selectRecipient("registration r",
                        "JOIN app a ON a.id = d.app LEFT JOIN managed m ON m.id = r.managed WHERE "
                        // Word for word the condition of the index registration_proven.
                        "r.account_key = ?1 AND r.account_proof <> 0 AND a.tenant = ?2 ORDER BY "
                        "r.id",
                        ", m.instance");
    Query query(connection_, sql, Blob{account_key}, tenant);
    bool more = true;
    while (more && query.next()) {
        ProvenRow row;
        readRecipient(query, row.registration);
        row.mailbox_instance = query.text(kRecipientColumns);
        more = visit(std::move(row));
    }
}

}  // namespace postbell::sqlite
