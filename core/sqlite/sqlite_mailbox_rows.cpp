// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_mailbox_rows.h"

#include <string>

#include "sqlite/mailbox_columns.h"

namespace postbell::sqlite {

namespace {

// Recipient::isServed(), of a registration's device d and app a.
constexpr std::string_view kServed = "d.dead_at = 0 AND a.enabled";

std::string servedBy(std::string_view columns, std::string_view mailbox) {
    return std::string("SELECT ")
        .append(columns)
        .append(
            " FROM registration r JOIN device d ON d.id = r.device JOIN app a ON a.id = d.app "
            "WHERE r.managed = ")
        .append(mailbox)
        .append(" AND r.managed <> 0 AND ")
        .append(kServed);
}

Sql selectWhole(std::string_view rest) {
    return Sql::kept(
        std::string("SELECT ")
            .append(kMailboxStateColumns)
            .append(", m.mailbox_key, m.mailbox, m.subscription, m.attempts, m.ended_at, "
                    "m.renew_asked_at, m.asked, m.renew_at, m.note, (SELECT count(*) FROM "
                    "registration r WHERE r.managed = m.id AND r.managed <> 0), (")
            .append(servedBy("count(*)", "m.id"))
            .append(") FROM managed m ")
            .append(rest));
}

SealedMailbox readWhole(const Query& query) {
    SealedMailbox sealed;
    ManagedMailbox& m = sealed.row;
    int column = 0;
    const MailboxState state = readMailboxState(query, column);
    static_cast<MailboxSubscription&>(m) = static_cast<const MailboxSubscription&>(state);
    sealed.key = query.text(column++);
    m.mailbox = query.text(column++);
    m.subscription = query.text(column++);
    m.attempts = static_cast<std::uint32_t>(query.number(column++));
    m.ended_at = query.time(column++);
    m.renew_asked_at = query.time(column++);
    m.wake_count = query.number(column++);
    m.renew_at = query.time(column++);
    m.note = query.text(column++);
    m.registrations = query.number(column++);
    m.live = query.number(column);
    return sealed;
}

}  // namespace

std::vector<SealedMailbox> SqliteMailboxRows::listDue(std::string_view instance, util::WallTime now,
                                                      std::size_t limit) const {
    static const Sql sql =
        selectWhole("WHERE m.instance = ?1 AND m.due_at <= ?2 ORDER BY m.due_at LIMIT ?3");
    std::vector<SealedMailbox> due;
    Query query(connection_, sql, instance, now, limit);
    while (query.next()) due.push_back(readWhole(query));
    return due;
}

std::optional<SealedMailbox> SqliteMailboxRows::find(Id id) const {
    static const Sql sql = selectWhole("WHERE m.id = ?1");
    Query query(connection_, sql, id);
    if (!query.next()) return std::nullopt;
    return readWhole(query);
}

void SqliteMailboxRows::wakeMisdated(std::string_view instance, util::WallTime now) {
    Query(connection_,
          "UPDATE managed SET due_at = ?2 WHERE instance = ?1 AND due_at > ?2 AND (due_at > ?3 OR "
          "(expires_at > 0 AND ?2 < renew_at - min((expires_at - renew_at) * ?4 / (100 - ?4), "
          "?5)))",
          instance, now, now + kMaxTaskPause, kLatestRenewalPercent, kMaxRenewalPause.count())
        .run();
}

MailboxState SqliteMailboxRows::stateOf(Id id) const {
    static const Sql sql = Sql::kept(std::string("SELECT ")
                                         .append(kMailboxStateColumns)
                                         .append(" FROM managed m WHERE m.id = ?1"));
    Query query(connection_, sql, id);
    int column = 0;
    return query.next() ? readMailboxState(query, column) : MailboxState();
}

std::optional<NotifiedMailbox> SqliteMailboxRows::findByCallback(
    std::string_view callback_hash) const {
    Query query(connection_,
                "SELECT id, instance, proof_hash, subscription_hash FROM managed WHERE "
                "callback_hash = ?1",
                Blob{callback_hash});
    if (!query.next()) return std::nullopt;
    return NotifiedMailbox{query.number(0), query.text(1), query.text(2), query.text(3)};
}

std::optional<MailboxSignals> SqliteMailboxRows::signalsOf(Id id) const {
    Query query(connection_,
                "SELECT mailbox_key, ended_at, renew_asked_at, note, asked FROM managed WHERE id = "
                "?1",
                id);
    if (!query.next()) return std::nullopt;
    return MailboxSignals{query.text(0), query.time(1), query.time(2), query.text(3),
                          query.number(4)};
}

std::vector<Id> SqliteMailboxRows::liveRegistrations(Id id) const {
    std::vector<Id> ids;
    static const Sql sql = Sql::kept(servedBy("r.id", "?1"));
    Query query(connection_, sql, id);
    while (query.next()) ids.push_back(query.number(0));
    return ids;
}

std::vector<MailboxTotals> SqliteMailboxRows::count() const {
    std::vector<MailboxTotals> counts;
    Query query(connection_,
                "SELECT instance, count(*), sum(length(subscription) > 0 AND ended_at = 0), "
                "sum(failed_at > 0) FROM managed GROUP BY instance");
    while (query.next())
        counts.push_back({query.text(0), query.number(1), query.number(2), query.number(3)});
    return counts;
}

MailboxRows::Entry SqliteMailboxRows::findOrInsert(std::string_view instance,
                                                   std::string_view key) {
    Query query(connection_,
                "SELECT id, length(subscription) > 0 FROM managed WHERE instance = ?1 AND "
                "mailbox_key = ?2",
                instance, Blob{key});
    if (query.next()) return {query.number(0), query.flag(1)};
    Query(connection_, "INSERT INTO managed (instance, mailbox_key, mailbox) VALUES (?1, ?2, x'')",
          instance, Blob{key})
        .run();
    return {connection_.lastInsertId(), false};
}

void SqliteMailboxRows::putMailbox(Id id, std::string_view sealed_mailbox) {
    Query(connection_, "UPDATE managed SET mailbox = ?2 WHERE id = ?1", id, Blob{sealed_mailbox})
        .run();
}

void SqliteMailboxRows::setAside(Id id, std::string_view problem, util::WallTime now,
                                 util::WallTime due_at) {
    Query(connection_,
          "UPDATE managed SET due_at = ?4, problem = ?2, failed_at = iif(failed_at BETWEEN 1 AND "
          "?3, failed_at, ?3) WHERE id = ?1",
          id, problem, now, due_at)
        .run();
}

bool SqliteMailboxRows::setCallback(Id id, std::string_view callback_hash,
                                    std::string_view proof_hash) {
    return Query(connection_,
                 "UPDATE managed SET callback_hash = ?2, proof_hash = ?3, subscription = x'', "
                 "subscription_hash = x'', note = '' WHERE id = ?1",
                 id, Blob{callback_hash}, Blob{proof_hash})
               .run() > 0;
}

void SqliteMailboxRows::failDue(std::string_view instance, std::string_view problem,
                                util::WallTime now) {
    Query(connection_,
          "UPDATE managed SET failed_at = ?3, problem = ?2 WHERE instance = ?1 AND due_at <= ?3 "
          "AND failed_at NOT BETWEEN 1 AND ?3",
          instance, problem, now)
        .run();
}

void SqliteMailboxRows::clearDueFailures(std::string_view instance, util::WallTime now) {
    Query(connection_,
          "UPDATE managed SET failed_at = 0, problem = '' WHERE instance = ?1 AND due_at <= ?2 AND "
          "failed_at > 0 AND attempts = 0 AND NOT refused",
          instance, now)
        .run();
}

void SqliteMailboxRows::putTask(Id id, const MailboxTaskRow& task) {
    Query(connection_,
          "UPDATE managed SET subscription = ?2, subscription_hash = ?3, expires_at = ?4, "
          "renew_at = ?5, due_at = ?6, failed_at = ?7, attempts = ?8, refused = ?9, problem = ?10, "
          "ended_at = ?11, renew_asked_at = ?12, note = ?13 WHERE id = ?1",
          id, Blob{task.subscription}, Blob{task.subscription_hash}, task.expires_at, task.renew_at,
          task.due_at, task.failed_at, task.attempts, task.refused, task.problem, task.ended_at,
          task.renew_asked_at, task.note)
        .run();
}

void SqliteMailboxRows::remove(Id id) {
    Query(connection_,
          "DELETE FROM managed WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM registration WHERE "
          "managed = ?1 AND managed <> 0)",
          id)
        .run();
}

void SqliteMailboxRows::removeIdle(std::string_view instance) {
    Query(connection_,
          "DELETE FROM managed WHERE instance = ?1 AND NOT EXISTS (SELECT 1 FROM registration "
          "r WHERE r.managed = managed.id AND r.managed <> 0)",
          instance)
        .run();
}

void SqliteMailboxRows::refuseAll(std::string_view instance, std::string_view problem,
                                  util::WallTime now) {
    Query(connection_,
          "UPDATE managed SET subscription = x'', subscription_hash = x'', callback_hash = NULL, "
          "note = '', refused = 1, problem = ?2, due_at = 0, failed_at = iif(failed_at BETWEEN 1 "
          "AND ?3, failed_at, ?3) WHERE instance = ?1 AND problem <> ?2",
          instance, problem, now)
        .run();
}

}  // namespace postbell::sqlite
