// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_subscription_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

namespace {

Sql selectSubscription(std::string_view rest) {
    return Sql::kept(
        std::string("SELECT r.id, r.managed, r.instance, r.subscription_hash, r.folder_hash, "
                    "r.reported_at, r.expires_at, r.expires_set_at, r.ended_at, r.renew_asked_at, "
                    "r.retired, r.folder_canonical, r.folder_reported_at, r.other_folder_at, "
                    "r.quiet_until, r.note, a.enabled_at FROM registration r JOIN device d ON d.id "
                    "= r.device "
                    "JOIN app a ON a.id = d.app ")
            .append(rest));
}

std::optional<SubscriptionRow> firstSubscription(Query&& query) {
    if (!query.next()) return std::nullopt;
    int column = 0;
    const auto time = [&] { return query.time(column++); };
    const auto text = [&] { return query.text(column++); };
    SubscriptionRow row;
    row.registration = query.number(column++);
    row.mailbox = query.number(column++);
    row.instance = text();
    row.id_hash = text();
    row.folder_hash = text();
    row.reported_at = time();
    row.expires_at = time();
    row.expires_set_at = time();
    row.ended_at = time();
    row.renew_asked_at = time();
    row.retired = text();
    row.folder.canonical = query.flag(column++);
    row.folder.reported_at = time();
    row.folder.other_heard_at = time();
    row.quiet_until = time();
    row.note = text();
    row.app_enabled_at = time();
    return row;
}

}  // namespace

std::optional<SubscriptionRow> SqliteSubscriptionRows::find(std::string_view public_id) const {
    static const Sql sql = selectSubscription("WHERE r.public_id = ?1");
    return firstSubscription(Query(connection_, sql, public_id));
}

std::optional<SubscriptionRow> SqliteSubscriptionRows::find(Id registration) const {
    static const Sql sql = selectSubscription("WHERE r.id = ?1");
    return firstSubscription(Query(connection_, sql, registration));
}

void SqliteSubscriptionRows::put(const SubscriptionRow& s) {
    Query(connection_,
          "UPDATE registration SET managed = ?2, instance = ?3, subscription_hash = ?4, "
          "folder_hash = ?5, reported_at = ?6, expires_at = ?7, expires_set_at = ?8, ended_at = "
          "?9, renew_asked_at = ?10, retired = ?11, folder_canonical = ?12, folder_reported_at = "
          "?13, other_folder_at = ?14, quiet_until = ?15, note = ?16 WHERE id = ?1",
          s.registration, s.mailbox, s.instance, Blob{s.id_hash}, Blob{s.folder_hash},
          s.reported_at, s.expires_at, s.expires_set_at, s.ended_at, s.renew_asked_at,
          Blob{s.retired}, s.folder.canonical, s.folder.reported_at, s.folder.other_heard_at,
          s.quiet_until, s.note)
        .run();
}

void SqliteCallbackRows::insert(const CallbackRow& callback) {
    Query(connection_,
          "INSERT INTO callback (token_hash, registration, proof_hash, created_at) VALUES (?1, "
          "?2, ?3, ?4)",
          Blob{callback.token_hash}, callback.registration, Blob{callback.proof_hash},
          callback.created_at)
        .run();
}

void SqliteCallbackRows::adoptNewest(Id registration) {
    // There are two at most, so the newest is the one that is not adopted.
    Query(connection_,
          "UPDATE registration SET callback = coalesce((SELECT token_hash FROM callback c WHERE "
          "c.registration = ?1 AND c.token_hash <> registration.callback), callback) WHERE id = ?1",
          registration)
        .run();
    removeOthers(registration);
}

void SqliteCallbackRows::removeOthers(Id registration) {
    Query(connection_,
          "DELETE FROM callback WHERE registration = ?1 AND token_hash <> (SELECT callback FROM "
          "registration WHERE id = ?1)",
          registration)
        .run();
}

}  // namespace postbell::sqlite
