// SPDX-License-Identifier: Apache-2.0
// What apps report of their subscriptions.
#include "sqlite/managed_mailboxes.h"
#include "sqlite/sqlite_registrations.h"
#include "store/retired_ids.h"

namespace postbell::sqlite {

namespace {

struct Reported {
    Id id = 0;
    std::string instance, id_hash, retired;
    // The app was turned off since, so that its subscriptions count as replaced.
    bool withdrawn = false;
};

std::optional<Reported> findReported(Connection& connection, std::string_view public_id) {
    Query query(
        connection,
        "SELECT r.id, r.instance, r.subscription_hash, r.retired, r.reported_at < a.enabled_at "
        "FROM registration r JOIN device d ON d.id = r.device JOIN app a ON a.id = d.app WHERE "
        "r.public_id = ?1",
        public_id);
    if (!query.next()) return std::nullopt;
    return Reported{query.number(0), query.text(1), query.text(2), query.text(3), query.flag(4)};
}

void setExpiry(Connection& connection, Id registration, const Report& report) {
    Query(connection,
          // The same time reported again is no renewal, and a report without one takes none away.
          "UPDATE registration SET expires_at = iif(?2 = 0, expires_at, ?2), "
          "expires_set_at = iif(?2 = 0 OR ?2 = expires_at, expires_set_at, ?3), ended_at = 0, "
          "renew_asked_at = 0, "
          "folder_hash = iif(length(?4) = 0, folder_hash, ?4) WHERE id = ?1",
          registration, report.expires_at, report.now, Blob{report.folder_hash})
        .run();
}

void replaceSubscription(Connection& connection, const Reported& old, const Report& report) {
    const std::string retired = retire(old.retired, old.id_hash);
    // There are two at most, so the newest is the one that is not the reported subscription's.
    Query(connection,
          "UPDATE registration SET instance = ?2, subscription_hash = ?3, folder_hash = ?4, "
          "reported_at = ?5, "
          "expires_at = ?6, expires_set_at = ?5, ended_at = 0, renew_asked_at = 0, retired = ?7, "
          "callback = coalesce((SELECT token_hash FROM callback c WHERE c.registration = ?1 "
          "AND c.token_hash <> registration.callback), callback) WHERE id = ?1",
          old.id, report.instance, Blob{report.id_hash}, Blob{report.folder_hash}, report.now,
          report.expires_at, Blob{retired})
        .run();
    Query(connection,
          "DELETE FROM callback WHERE registration = ?1 AND token_hash <> (SELECT callback FROM "
          "registration WHERE id = ?1)",
          old.id)
        .run();
}

ReportResult applyReport(Connection& connection, const Reported& old, const Report& report) {
    const bool same = old.id_hash == report.id_hash && old.instance == report.instance;
    const bool replaced_before = same ? old.withdrawn : isRetired(old.retired, report.id_hash);
    if (replaced_before) return ReportResult::Replaced;
    if (same)
        setExpiry(connection, old.id, report);
    else
        replaceSubscription(connection, old, report);
    // The app holds its subscription itself from here on.
    leaveMailbox(connection, old.id);
    if (report.unread >= 0) {
        Query(connection, "UPDATE last_count SET count = ?2 WHERE registration = ?1", old.id,
              report.unread)
            .run();
    }
    return ReportResult::Accepted;
}

}  // namespace

ReportResult SqliteRegistrations::report(std::string_view public_id, const Report& report) {
    ReportResult result = ReportResult::NotFound;
    std::optional<Reported> old;
    database_.write([&](WriteContext& context) {
        old = findReported(context.connection, public_id);
        result = old ? applyReport(context.connection, *old, report) : ReportResult::NotFound;
    });
    if (result == ReportResult::Accepted) {
        database_.seen().deviceCalled(old->id, report.now);
        // A report counts as heard.
        database_.seen().heard(old->id, report.now, false);
    }
    return result;
}

}  // namespace postbell::sqlite
