// SPDX-License-Identifier: Apache-2.0
// An event's way: staged, pushed, settled.
#include "sqlite/sqlite_events.h"

#include "sqlite/managed_mailboxes.h"
#include "sqlite/pending_reads.h"
#include "sqlite/target_rows.h"
#include "store/sealed_places.h"

namespace postbell::sqlite {

void SqliteEvents::stage(Batch batch) {
    database_.writer().stage(std::move(batch));
}

void SqliteEvents::settle(std::vector<Settlement> settlements) {
    database_.writer().settle(settlements);
}

std::optional<PushTarget> SqliteEvents::pushTarget(Id registration) {
    PushTarget target;
    std::optional<SealedTarget> sealed =
        recent_.take(registration, database_.readers().dataVersion());
    if (!sealed) sealed = findTarget(registration, target.mailbox_state);
    if (!sealed) return std::nullopt;
    std::optional<Recipient> recipient =
        database_.completer().complete(std::move(sealed->registration));
    if (!recipient) return std::nullopt;
    target.registration = *std::move(recipient);
    target.token = database_.opened(kDeviceTokenPlace, sealed->token_key, sealed->token);
    target.token_at = sealed->token_at;
    target.first_410_at = sealed->first_410_at;
    target.origin = std::move(sealed->origin);
    target.token_expires_at = sealed->token_expires_at;
    return target;
}

std::optional<SealedTarget> SqliteEvents::findTarget(Id registration, MailboxState& mailbox_state) {
    static const std::string sql =
        selectRecipient("registration r", "WHERE r.id = ?1", kTargetColumns);
    return database_.read(
        Reads::AllButPending, [&](Connection& connection) -> std::optional<SealedTarget> {
            Query query(connection, sql.c_str(), registration);
            if (!query.next()) return std::nullopt;
            SealedTarget target = readTarget(query);
            if (const Id mailbox = target.registration.recipient.mailbox; mailbox != 0)
                mailbox_state = readMailboxState(connection, mailbox);
            return target;
        });
}

std::vector<BadgeShare> SqliteEvents::badgeShares(Id device) {
    static const std::string sql = selectRegistration(
        "LEFT JOIN pending p ON p.registration = r.id LEFT JOIN last_count l ON l.registration = "
        "r.id "
        "WHERE r.device = ?1 ORDER BY r.id",
        ", iif(p.mail_generation > 0, p.count, coalesce(l.count, -1))");
    struct Row {
        RegistrationRow registration;
        std::int32_t count = kUnknownCount;
    };
    std::vector<Row> rows;
    database_.read([&](Connection& connection) {
        Query query(connection, sql.c_str(), device);
        while (query.next())
            rows.push_back({readRegistration(connection, query),
                            static_cast<std::int32_t>(query.number(kRegistrationColumns))});
    });
    std::vector<BadgeShare> shares;
    for (Row& row : rows)
        if (auto registration = database_.completer().complete(std::move(row.registration)))
            shares.push_back({*std::move(registration), row.count});
    return shares;
}

void SqliteEvents::eachPending(const std::function<void(const Pending&)>& visit) {
    database_.read([&](Connection& connection) { sqlite::eachPending(connection, visit); });
}

void SqliteEvents::setPendingSink(PendingSink* sink) {
    database_.writer().setSink(sink);
}

}  // namespace postbell::sqlite
