// SPDX-License-Identifier: Apache-2.0
#include "sqlite/managed_mailboxes.h"

#include "store/retired_ids.h"

namespace postbell::sqlite {
namespace {

struct Known {
    Id id = 0;
    bool subscribed = false;
};

Known put(Connection& connection, const ProvenMailbox& mailbox) {
    Query query(connection,
                "INSERT INTO managed (instance, mailbox_key, mailbox) VALUES (?1, ?2, ?3) "
                "ON CONFLICT (instance, mailbox_key) DO UPDATE SET mailbox = excluded.mailbox "
                "RETURNING id, length(subscription) > 0",
                mailbox.instance, Blob{mailbox.key}, Blob{mailbox.sealed});
    query.next();
    return {query.number(0), query.flag(1)};
}

Id mailboxOf(Connection& connection, Id registration) {
    Query query(connection, "SELECT managed FROM registration WHERE id = ?1", registration);
    return query.next() ? query.number(0) : 0;
}

std::string retiredWithReported(Connection& connection, Id registration) {
    Query query(connection, "SELECT retired, subscription_hash FROM registration WHERE id = ?1",
                registration);
    query.next();
    return retire(query.text(0), query.text(1));
}

}  // namespace

void manage(WriteContext& context, Id registration, const ProvenMailbox& mailbox,
            util::WallTime now) {
    Connection& connection = context.connection;
    const Known served_by = put(connection, mailbox);
    const Id before = mailboxOf(connection, registration);
    if (before != 0 && before != served_by.id) wakeMailbox(connection, before);
    const std::string retired = retiredWithReported(connection, registration);
    Query(connection,
          "UPDATE registration SET managed = ?2, instance = '', subscription_hash = x'', "
          "folder_hash = x'', reported_at = 0, expires_at = 0, expires_set_at = 0, ended_at = 0, "
          "renew_asked_at = 0, retired = ?3 WHERE id = ?1",
          registration, served_by.id, Blob{retired})
        .run();
    wakeMailbox(connection, served_by.id);
    // A new subscription sends the known counts when it is there.
    if (served_by.subscribed && before != served_by.id)
        context.pending.addCount(registration, kUnknownCount, now);
}

void leaveMailbox(Connection& connection, Id registration) {
    const Id mailbox = mailboxOf(connection, registration);
    if (mailbox == 0) return;
    Query(connection, "UPDATE registration SET managed = 0 WHERE id = ?1", registration).run();
    wakeMailbox(connection, mailbox);
}

void wakeMailbox(Connection& connection, Id mailbox) {
    Query(connection, "UPDATE managed SET due_at = 0, asked = asked + 1 WHERE id = ?1", mailbox)
        .run();
}

void wakeMailboxOf(Connection& connection, Id registration) {
    if (const Id mailbox = mailboxOf(connection, registration); mailbox != 0)
        wakeMailbox(connection, mailbox);
}

void wakeMailboxesOfApp(Connection& connection, Id app) {
    Query(connection,
          "UPDATE managed SET due_at = 0, asked = asked + 1 WHERE id IN (SELECT r.managed FROM "
          "registration r JOIN device d ON d.id = r.device WHERE d.app = ?1 AND r.managed <> 0)",
          app)
        .run();
}

std::string selectMailboxes(std::string_view rest, std::string_view more_columns) {
    return std::string(
               "SELECT m.id, m.instance, m.expires_at, m.due_at, m.failed_at, m.refused, m.problem")
        .append(more_columns)
        .append(" FROM managed m ")
        .append(rest);
}

void readMailboxSubscription(const Query& query, MailboxSubscription& subscription) {
    subscription.id = query.number(0);
    subscription.instance = query.text(1);
    subscription.expires_at = query.time(2);
    subscription.due_at = query.time(3);
    subscription.failed_at = query.time(4);
    subscription.refused = query.flag(5);
    subscription.problem = query.text(6);
}

MailboxState readMailboxState(Connection& connection, Id mailbox) {
    static const std::string sql =
        selectMailboxes("WHERE m.id = ?1", ", length(m.subscription) > 0");
    MailboxState state;
    Query query(connection, sql.c_str(), mailbox);
    if (!query.next()) return state;
    readMailboxSubscription(query, state);
    state.subscribed = query.flag(kMailboxColumns);
    return state;
}

}  // namespace postbell::sqlite
