// SPDX-License-Identifier: Apache-2.0
// Registrations: coming, renewing, reporting, moving, going.
#include <algorithm>

#include "store/devices.h"
#include "store/registration_rows.h"
#include "store/sqlite_store.h"

namespace postbell::store {

namespace {

constexpr std::size_t kRetiredBytes = 16 * 32;  // the newest sixteen hashes

struct Known {
    Id id = 0;
    std::string public_id;
    Id device = 0;
    std::string device_key;
};

std::optional<Known> readKnown(Query&& query) {
    if (!query.next()) return std::nullopt;
    return Known{query.number(0), query.text(1), query.number(2), query.text(3)};
}

std::optional<Known> findRenewed(Connection& connection, const NewRegistration& incoming) {
    std::optional<Known> same_token =
        readKnown(Query(connection,
                        "SELECT r.id, r.public_id, r.device, r.device_key FROM registration r JOIN "
                        "device d ON d.id = r.device "
                        "WHERE d.app = ?1 AND d.token_key = ?2 AND r.account_key = ?3",
                        incoming.app, Blob{incoming.token_key}, Blob{incoming.account_key}));
    if (same_token || incoming.previous_secret_hash.empty()) return same_token;
    return readKnown(Query(
        connection,
        "SELECT r.id, r.public_id, r.device, r.device_key FROM registration r JOIN device d ON "
        "d.id = r.device "
        "WHERE d.app = ?1 AND r.account_key = ?2 AND r.device_key = ?3 AND r.secret_hash = ?4",
        incoming.app, Blob{incoming.account_key}, Blob{incoming.device_key},
        Blob{incoming.previous_secret_hash}));
}

void renew(WriteContext& context, const Known& known, Id device, const NewRegistration& incoming) {
    Connection& connection = context.connection;
    // The secret proves as much as it does for a change of the token, so all accounts of the phone
    // come along.
    if (known.device != device) {
        moveRegistrations(context,
                          {known.device, device, known.device_key, false, incoming.now_ms});
    }
    Query(connection,
          "UPDATE registration SET secret_hash = ?2, device_key = ?3, os_version = iif(?4 = '', "
          "os_version, ?4), "
          "app_version = iif(?5 = '', app_version, ?5) WHERE id = ?1",
          known.id, Blob{incoming.secret_hash}, Blob{incoming.device_key}, incoming.os_version,
          incoming.app_version)
        .run();
    Query(connection,
          "DELETE FROM callback WHERE registration = ?1 AND token_hash <> (SELECT callback FROM "
          "registration WHERE id = ?1)",
          known.id)
        .run();
}

Id insert(Connection& connection, Id device, const NewRegistration& incoming) {
    Query(connection,
          "INSERT INTO registration (public_id, device, created_at, account_key, device_key, "
          "secret_hash, os_version, "
          "app_version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
          incoming.public_id, device, incoming.now_ms, Blob{incoming.account_key},
          Blob{incoming.device_key}, Blob{incoming.secret_hash}, incoming.os_version,
          incoming.app_version)
        .run();
    const Id id = connection.lastInsertId();
    settleAccounts(connection, device);
    return id;
}

std::optional<Known> findKnown(Connection& connection, std::string_view public_id) {
    return readKnown(
        Query(connection,
              "SELECT id, public_id, device, device_key FROM registration WHERE public_id = ?1",
              public_id));
}

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
          "UPDATE registration SET expires_at = ?2, expires_set_at = ?3, ended_at = 0, "
          "renew_asked_at = 0, "
          "folder_hash = iif(length(?4) = 0, folder_hash, ?4) WHERE id = ?1",
          registration, report.expires_at, report.now_ms, Blob{report.folder_hash})
        .run();
}

void replaceSubscription(Connection& connection, const Reported& old, const Report& report) {
    std::string retired = old.retired + old.id_hash;
    if (retired.size() > kRetiredBytes) retired.erase(0, retired.size() - kRetiredBytes);
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

void seeDevice(Connection& connection, Id registration, std::int64_t now_ms) {
    Seen seen;
    seen.device_at = now_ms;
    writeSeen(connection, registration, seen);
}

}  // namespace

Registered SqliteStore::registerDevice(const NewRegistration& incoming) {
    Registered registered;
    const DeviceToken token{incoming.app, incoming.token_key,
                            sealer_.seal("device.token", incoming.token_key, incoming.token),
                            incoming.environment, incoming.now_ms};
    writer_.run([&](WriteContext& context) {
        Connection& connection = context.connection;
        const std::optional<Known> known = findRenewed(connection, incoming);
        const Id device = putDevice(connection, token);
        if (known) {
            renew(context, *known, device, incoming);
            registered = {known->public_id, known->id, true};
        } else {
            registered = {incoming.public_id, insert(connection, device, incoming), false};
        }
        Query(connection,
              "INSERT INTO callback (token_hash, registration, proof_hash, created_at) VALUES (?1, "
              "?2, ?3, ?4)",
              Blob{incoming.callback_hash}, registered.id, Blob{incoming.proof_hash},
              incoming.now_ms)
            .run();
        seeDevice(connection, registered.id, incoming.now_ms);
    });
    return registered;
}

std::optional<Registration> SqliteStore::findRegistration(std::string_view public_id) {
    static const std::string sql = selectRegistration("WHERE r.public_id = ?1");
    return read([&](Connection& connection) -> std::optional<Registration> {
        Query query(connection, sql.c_str(), public_id);
        if (!query.next()) return std::nullopt;
        return readRegistration(query);
    });
}

std::optional<Registration> SqliteStore::findRegistration(Id id) {
    static const std::string sql = selectRegistration("WHERE r.id = ?1");
    return read([&](Connection& connection) -> std::optional<Registration> {
        Query query(connection, sql.c_str(), id);
        if (!query.next()) return std::nullopt;
        return readRegistration(query);
    });
}

ReportResult SqliteStore::report(std::string_view public_id, const Report& report) {
    ReportResult result = ReportResult::NotFound;
    writer_.run([&](WriteContext& context) {
        result = applyReport(context.connection, public_id, report);
    });
    return result;
}

bool SqliteStore::changeToken(std::string_view public_id, const TokenChange& change) {
    bool found = false;
    const std::string sealed = sealer_.seal("device.token", change.token_key, change.token);
    writer_.run([&](WriteContext& context) {
        Connection& connection = context.connection;
        const std::optional<Known> known = findKnown(connection, public_id);
        found = known.has_value();
        if (!known) return;
        DeviceToken token{0, change.token_key, sealed, Environment::None, change.now_ms};
        {
            Query query(connection, "SELECT app, environment FROM device WHERE id = ?1",
                        known->device);
            query.next();
            token.app = query.number(0);
            token.environment = static_cast<Environment>(query.number(1));
        }
        const Id device = putDevice(connection, token);
        moveRegistrations(context, {known->device, device, known->device_key, true, change.now_ms});
        seeDevice(connection, known->id, change.now_ms);
    });
    return found;
}

bool SqliteStore::changeVersions(std::string_view public_id, const std::string& os_version,
                                 const std::string& app_version) {
    bool found = false;
    writer_.run([&](WriteContext& context) {
        found = Query(context.connection,
                      "UPDATE registration SET os_version = iif(?2 = '', os_version, ?2), "
                      "app_version = iif(?3 = '', app_version, ?3) WHERE public_id = ?1",
                      public_id, os_version, app_version)
                    .run() > 0;
    });
    return found;
}

bool SqliteStore::removeRegistration(std::string_view public_id) {
    bool found = false;
    writer_.run([&](WriteContext& context) {
        const std::optional<Known> known = findKnown(context.connection, public_id);
        found = known.has_value();
        if (!known) return;
        eraseRegistration(context.connection, known->id);
        settleAccounts(context.connection, known->device);
    });
    return found;
}

std::vector<Registration> SqliteStore::listRegistrations(Id after, std::size_t limit, Id tenant,
                                                         Id app) {
    static const std::string sql = selectRegistration(
        "WHERE r.id > ?1 AND (?3 = 0 OR a.tenant = ?3) AND (?4 = 0 OR a.id = ?4) ORDER BY r.id "
        "LIMIT ?2");
    return read([&](Connection& connection) {
        std::vector<Registration> found;
        Query query(connection, sql.c_str(), after, limit, tenant, app);
        while (query.next()) found.push_back(readRegistration(query));
        return found;
    });
}

std::vector<Registration> SqliteStore::findRegistrationsByAccount(Id tenant,
                                                                  std::string_view account_key) {
    static const std::string sql =
        selectRegistration("WHERE r.account_key = ?1 AND a.tenant = ?2 ORDER BY r.id");
    return read([&](Connection& connection) {
        std::vector<Registration> found;
        Query query(connection, sql.c_str(), Blob{account_key}, tenant);
        while (query.next()) found.push_back(readRegistration(query));
        return found;
    });
}

void SqliteStore::writeSeen(std::vector<std::pair<Id, Seen>> seen) {
    writer_.see(std::move(seen));
}

std::int64_t SqliteStore::countRegistrations() {
    return read([](Connection& connection) {
        Query query(connection, "SELECT count(*) FROM registration");
        query.next();
        return query.number(0);
    });
}

}  // namespace postbell::store
