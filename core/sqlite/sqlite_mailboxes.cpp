// SPDX-License-Identifier: Apache-2.0
// The desk of the scheduler of managed subscriptions.
#include "sqlite/sqlite_mailboxes.h"
#include "sqlite/managed_mailboxes.h"
#include "store/sealed_places.h"
#include "util/crypto.h"

namespace postbell::sqlite {
namespace {

std::string selectMailbox(std::string_view rest) {
    return selectMailboxes(
        rest,
        ", m.mailbox_key, m.mailbox, m.subscription, m.attempts, m.ended_at, m.renew_asked_at, "
        "m.asked, m.renew_at, m.note, "
        "(SELECT count(*) FROM registration r WHERE r.managed = m.id AND r.managed <> 0), "
        "(SELECT count(*) FROM registration r JOIN device d ON d.id = r.device JOIN app a ON a.id "
        "= d.app WHERE r.managed = m.id AND r.managed <> 0 AND d.dead_at = 0 AND a.enabled)");
}

std::string keyOf(Connection& connection, Id id) {
    Query query(connection, "SELECT mailbox_key FROM managed WHERE id = ?1", id);
    return query.next() ? query.text(0) : std::string();
}

std::vector<Id> served(Connection& connection, Id id) {
    std::vector<Id> ids;
    Query query(connection,
                "SELECT r.id FROM registration r JOIN device d ON d.id = r.device JOIN app a ON "
                "a.id = d.app WHERE r.managed = ?1 AND r.managed <> 0 AND d.dead_at = 0 AND "
                "a.enabled",
                id);
    while (query.next()) ids.push_back(query.number(0));
    return ids;
}

}  // namespace

ManagedMailbox SqliteMailboxes::readMailbox(const Query& query) const {
    ManagedMailbox m;
    readMailboxSubscription(query, m);
    int column = kMailboxColumns;
    const std::string key = query.text(column++);
    m.mailbox = database_.opened(kMailboxPlace, key, query.text(column++));
    if (const std::string sealed = query.text(column++); !sealed.empty())
        m.subscription = database_.opened(kMailboxSubscriptionPlace, key, sealed);
    m.attempts = static_cast<std::uint32_t>(query.number(column++));
    m.ended_at = query.time(column++);
    m.renew_asked_at = query.time(column++);
    m.wake_count = query.number(column++);
    m.renew_at = query.time(column++);
    m.note = query.text(column++);
    m.registrations = query.number(column++);
    m.live = query.number(column);
    return m;
}

std::vector<ManagedMailbox> SqliteMailboxes::dueMailboxes(std::string_view instance,
                                                          util::WallTime now, std::size_t limit) {
    static const std::string sql =
        selectMailbox("WHERE m.instance = ?1 AND m.due_at <= ?2 ORDER BY m.due_at LIMIT ?3");
    return database_.read([&](Connection& connection) {
        std::vector<ManagedMailbox> due;
        Query query(connection, sql.c_str(), instance, now, limit);
        while (query.next()) due.push_back(readMailbox(query));
        return due;
    });
}

std::optional<ManagedMailbox> SqliteMailboxes::findMailbox(Id id) {
    static const std::string sql = selectMailbox("WHERE m.id = ?1");
    return database_.read([&](Connection& connection) -> std::optional<ManagedMailbox> {
        Query query(connection, sql.c_str(), id);
        if (!query.next()) return std::nullopt;
        return readMailbox(query);
    });
}

bool SqliteMailboxes::setMailboxCallback(Id id, std::string_view callback_hash,
                                         std::string_view proof_hash) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        found = Query(context.connection,
                      "UPDATE managed SET callback_hash = ?2, proof_hash = ?3, subscription = x'', "
                      "subscription_hash = x'', note = '' WHERE id = ?1",
                      id, Blob{callback_hash}, Blob{proof_hash})
                    .run() > 0;
    });
    return found;
}

void SqliteMailboxes::saveMailbox(const ManagedMailbox& m, bool anew, util::WallTime now) {
    const std::string hash = m.subscription.empty() ? std::string() : util::sha256(m.subscription);
    database_.write([&](WriteContext& context) {
        Connection& connection = context.connection;
        const std::string key = keyOf(connection, m.id);
        if (key.empty()) return;
        const std::string sealed =
            m.subscription.empty()
                ? std::string()
                : database_.sealer().seal(kMailboxSubscriptionPlace, key, m.subscription);
        Query(connection,
              "UPDATE managed SET subscription = ?2, subscription_hash = ?3, expires_at = ?4, "
              "attempts = ?5, failed_at = ?6, refused = ?7, problem = ?8, "
              "due_at = iif(asked = ?9, ?10, 0), "
              "ended_at = iif(?12 AND ended_at = ?11, 0, ended_at), "
              "renew_asked_at = iif(?12 AND renew_asked_at = ?13, 0, renew_asked_at), "
              "note = iif(?12 AND note = ?15, '', note), "
              "renew_at = ?14 WHERE id = ?1",
              m.id, Blob{sealed}, Blob{hash}, m.expires_at, m.attempts, m.failed_at, m.refused,
              m.problem, m.wake_count, m.due_at, m.ended_at, !util::isSet(m.failed_at),
              m.renew_asked_at, m.renew_at, m.note)
            .run();
        if (!anew) return;
        for (const Id registration : served(connection, m.id))
            context.pending.addCount(registration, kUnknownCount, now);
    });
}

void SqliteMailboxes::removeMailbox(Id id) {
    database_.write([&](WriteContext& context) {
        Query(context.connection,
              "DELETE FROM managed WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM registration WHERE "
              "managed = ?1 AND managed <> 0)",
              id)
            .run();
    });
}

void SqliteMailboxes::abandonMailboxes(const std::string& instance, const std::string& problem,
                                       util::WallTime now) {
    database_.write([&](WriteContext& context) {
        // Without a backend there is no way to unsubscribe those that serve no registration.
        Query(context.connection,
              "DELETE FROM managed WHERE instance = ?1 AND NOT EXISTS (SELECT 1 FROM registration "
              "r WHERE r.managed = managed.id AND r.managed <> 0)",
              instance)
            .run();
        Query(context.connection,
              "UPDATE managed SET subscription = x'', subscription_hash = x'', callback_hash = "
              "NULL, note = '', refused = 1, problem = ?2, due_at = 0, failed_at = iif(failed_at = "
              "0, ?3, "
              "failed_at) WHERE instance = ?1 AND problem <> ?2",
              instance, problem, now)
            .run();
    });
}

std::vector<MailboxTotals> SqliteMailboxes::countMailboxes() {
    return database_.read([](Connection& connection) {
        std::vector<MailboxTotals> counts;
        Query query(connection,
                    "SELECT instance, count(*), sum(length(subscription) > 0), sum(failed_at > 0) "
                    "FROM managed GROUP BY instance");
        while (query.next())
            counts.push_back({query.text(0), query.number(1), query.number(2), query.number(3)});
        return counts;
    });
}

}  // namespace postbell::sqlite
