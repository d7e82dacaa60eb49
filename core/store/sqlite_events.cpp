// SPDX-License-Identifier: Apache-2.0
// An event's way: staged, pushed, settled.
#include "store/sqlite_events.h"

#include "store/managed_mailboxes.h"
#include "store/pending_reads.h"
#include "store/sealed_places.h"
#include "store/target_rows.h"

namespace postbell::store {

void SqliteEvents::stage(Batch batch) {
    database_.writer().stage(std::move(batch));
}

void SqliteEvents::settle(std::vector<Settlement> settlements) {
    database_.writer().settle(std::move(settlements));
}

std::optional<PushTarget> SqliteEvents::pushTarget(Id registration) {
    PushTarget target;
    std::optional<SealedTarget> sealed =
        recent_.take(registration, database_.readers().dataVersion());
    if (!sealed) sealed = findTarget(registration, target.mailbox_state);
    if (!sealed) return std::nullopt;
    target.registration = std::move(sealed->registration.recipient);
    target.registration.app = database_.app(sealed->registration.app);
    if (!target.registration.app) return std::nullopt;
    try {
        target.token = database_.sealer().open(kDeviceTokenPlace, sealed->token_key, sealed->token);
    } catch (const SealError& error) {
        throw database_.sealError(error);
    }
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
    std::vector<BadgeShare> shares;
    std::vector<Id> apps;
    database_.read([&](Connection& connection) {
        Query query(connection, sql.c_str(), device);
        while (query.next()) {
            RegistrationRow row = readRegistration(connection, query);
            shares.push_back({std::move(row.registration),
                              static_cast<std::int32_t>(query.number(kRegistrationColumns))});
            apps.push_back(row.app);
        }
    });
    if (shares.empty()) return shares;
    // A device is of one app.
    const std::shared_ptr<const App> app = database_.app(apps.front());
    if (!app) return {};
    for (BadgeShare& share : shares) {
        share.registration.app = app;
        database_.seen().complete(share.registration.id, share.registration.seen);
    }
    return shares;
}

void SqliteEvents::eachPending(const std::function<void(const Pending&)>& visit) {
    database_.read([&](Connection& connection) { store::eachPending(connection, visit); });
}

void SqliteEvents::setPendingSink(PendingSink* sink) {
    database_.writer().setSink(sink);
}

}  // namespace postbell::store
