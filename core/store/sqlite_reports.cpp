// SPDX-License-Identifier: Apache-2.0
// What apps report, and reading registrations.
#include <algorithm>

#include "store/managed_mailboxes.h"
#include "store/registration_rows.h"
#include "store/sqlite_store.h"

namespace postbell::store {

namespace {

struct Reported {
    Id id = 0;
    std::string instance, id_hash, retired;
    bool withdrawn =
        false;  // the app was turned off since, so that its subscriptions count as replaced
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
          // The same time told again is no renewal, and none told takes none away.
          "UPDATE registration SET expires_at = iif(?2 = 0, expires_at, ?2), "
          "expires_set_at = iif(?2 = 0 OR ?2 = expires_at, expires_set_at, ?3), ended_at = 0, "
          "renew_asked_at = 0, "
          "folder_hash = iif(length(?4) = 0, folder_hash, ?4) WHERE id = ?1",
          registration, report.expires_at, report.now_ms, Blob{report.folder_hash})
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
          old.id, report.instance, Blob{report.id_hash}, Blob{report.folder_hash}, report.now_ms,
          report.expires_at, Blob{retired})
        .run();
    Query(connection,
          "DELETE FROM callback WHERE registration = ?1 AND token_hash <> (SELECT callback FROM "
          "registration WHERE id = ?1)",
          old.id)
        .run();
}

ReportResult applyReport(Connection& connection, std::string_view public_id, const Report& report) {
    const std::optional<Reported> old = findReported(connection, public_id);
    if (!old) return ReportResult::NotFound;
    const bool same = old->id_hash == report.id_hash && old->instance == report.instance;
    if (same && old->withdrawn) return ReportResult::Replaced;
    if (same) {
        setExpiry(connection, old->id, report);
    } else {
        const std::vector<std::string> retired = splitHashes(old->retired);
        if (std::find(retired.begin(), retired.end(), report.id_hash) != retired.end())
            return ReportResult::Replaced;
        replaceSubscription(connection, *old, report);
    }
    // The app holds its subscription itself from here on.
    leaveManaged(connection, old->id);
    if (report.unread >= 0) {
        Query(connection, "UPDATE last_count SET count = ?2 WHERE registration = ?1", old->id,
              report.unread)
            .run();
    }
    // A report counts as heard.
    Seen seen;
    seen.device_at = seen.heard_at = report.now_ms;
    writeSeen(connection, old->id, seen);
    return ReportResult::Accepted;
}

}  // namespace

ReportResult SqliteStore::report(std::string_view public_id, const Report& report) {
    ReportResult result = ReportResult::NotFound;
    writer_.run([&](WriteContext& context) {
        result = applyReport(context.connection, public_id, report);
    });
    return result;
}

namespace {

std::vector<RegistrationRow> readAll(Connection& connection, Query&& query) {
    std::vector<RegistrationRow> rows;
    while (query.next()) rows.push_back(readRegistration(connection, query));
    return rows;
}

}  // namespace

std::optional<Registration> SqliteStore::first(std::vector<RegistrationRow> rows) {
    std::vector<Registration> found = withApps(std::move(rows));
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::optional<Registration> SqliteStore::findRegistration(std::string_view public_id) {
    static const std::string sql = selectRegistration("WHERE r.public_id = ?1");
    return first(read(Reads::AllButPending, [&](Connection& connection) {
        return readAll(connection, Query(connection, sql.c_str(), public_id));
    }));
}

std::optional<Registration> SqliteStore::findRegistration(Id id) {
    static const std::string sql = selectRegistration("WHERE r.id = ?1");
    return first(read(Reads::AllButPending, [&](Connection& connection) {
        return readAll(connection, Query(connection, sql.c_str(), id));
    }));
}

std::vector<Registration> SqliteStore::listRegistrations(Id after, std::size_t limit, Id tenant,
                                                         Id app) {
    static const std::string sql = selectRegistration(
        "WHERE r.id > ?1 AND (?3 = 0 OR a.tenant = ?3) AND (?4 = 0 OR a.id = ?4) ORDER BY r.id "
        "LIMIT ?2");
    return withApps(read([&](Connection& connection) {
        return readAll(connection, Query(connection, sql.c_str(), after, limit, tenant, app));
    }));
}

std::vector<Registration> SqliteStore::findRegistrationsByAccount(Id tenant,
                                                                  std::string_view account_key) {
    static const std::string sql =
        selectRegistration("WHERE r.account_key = ?1 AND a.tenant = ?2 ORDER BY r.id");
    return withApps(read([&](Connection& connection) {
        return readAll(connection, Query(connection, sql.c_str(), Blob{account_key}, tenant));
    }));
}

std::int64_t SqliteStore::countRegistrations() {
    return read([](Connection& connection) {
        Query query(connection, "SELECT count(*) FROM registration");
        query.next();
        return query.number(0);
    });
}

}  // namespace postbell::store
