// SPDX-License-Identifier: Apache-2.0
// Opening, an event's way, and the store's state.
#include "store/sqlite_store.h"

#include <cerrno>
#include <cstring>

#include "store/managed_mailboxes.h"
#include "store/migrations.h"
#include "store/registration_rows.h"
#include "util/new_file.h"

namespace postbell::store {

namespace {

constexpr int kWriterCacheKib = 32 * 1024;
constexpr const char* kKeyCheckPlace = "meta.value";
constexpr const char* kKeyCheck = "key_check";
constexpr const char* kKeyCheckText = "this database is sealed with this key";

constexpr std::string_view kTargetColumns = ", d.token, d.token_key, d.token_at, d.first_410_at";
constexpr int kTargetColumnCount = 4;

SealedTarget targetOf(const Query& query) {
    SealedTarget target;
    int column = kRegistrationColumns;
    target.registration = readRegistration(query);
    target.token = query.text(column++);
    target.token_key = query.text(column++);
    target.token_at = query.number(column++);
    target.first_410_at = query.number(column++);
    return target;
}

/// SQLite would create the file with the process's umask; beside-files take the file's mode.
void createFile(const std::filesystem::path& file) {
    const util::FileDescriptor created(util::newFile(file, 0600));
    if (!created && errno != EEXIST) {
        throw StoreError("the database " + file.string() +
                         " cannot be created: " + std::strerror(errno));
    }
}

}  // namespace

SqliteStore::SqliteStore(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log)
    : lock_(std::move(lock)),
      file_(lock_.database()),
      sealer_(std::move(sealer)),
      log_(log),
      readers_(file_),
      writer_(file_, openWriter(), readers_, clock, log) {}

Connection SqliteStore::openWriter() {
    createFile(file_);
    try {
        Connection connection(file_, Connection::Access::Write, kWriterCacheKib);
        migrate(connection, file_);
        checkMasterKey(connection);
        mailbox_key_ = readMailboxKey(connection);
        return connection;
    } catch (const SQLite::Exception& error) {
        throw storeError(file_, error);
    }
}

void SqliteStore::checkMasterKey(Connection& connection) const {
    Query stored(connection, "SELECT value FROM meta WHERE name = ?1", kKeyCheck);
    if (!stored.next()) {
        Query(connection, "INSERT INTO meta (name, value) VALUES (?1, ?2)", kKeyCheck,
              Blob{sealer_.seal(kKeyCheckPlace, kKeyCheck, kKeyCheckText)})
            .run();
        return;
    }
    try {
        if (sealer_.open(kKeyCheckPlace, kKeyCheck, stored.text(0)) == kKeyCheckText) return;
    } catch (const SealError&) {
        // Said below, in a sentence that an admin can act upon.
    }
    throw StoreError("the master key in " + sealer_.source() +
                     " is not the one this database was sealed with (" + file_.string() + ")");
}

std::optional<Callback> SqliteStore::findCallback(std::string_view token_hash) {
    static const std::string sql = selectRegistrationAlone(
        "callback c CROSS JOIN registration r ON r.id = c.registration", "WHERE c.token_hash = ?1",
        std::string(kTargetColumns).append(", c.proof_hash"));
    const std::uint64_t changes = readers_.changes();
    std::optional<Callback> callback =
        read(Reads::AllButPending, [&](Connection& connection) -> std::optional<Callback> {
            Query query(connection, sql.c_str(), Blob{token_hash});
            if (!query.next()) return findManagedCallback(connection, token_hash);
            SealedTarget target = targetOf(query);
            Callback found;
            found.registration = target.registration;
            found.proof_hash = query.text(kRegistrationColumns + kTargetColumnCount);
            if (target.registration.managed.id == 0) recent_.put(std::move(target), changes);
            return found;
        });
    if (!callback) return callback;
    callback->as_of = changes;
    if (callback->managed != 0) return callback;
    if (!completeWithApp(callback->registration)) return std::nullopt;
    callback->registration.secret_hash.clear();
    return callback;
}

std::shared_ptr<const App> SqliteStore::completeWithApp(Registration& registration) {
    std::shared_ptr<const App> app =
        apps_.find(registration.app, [this](Id id) { return findApp(id); });
    if (!app) return nullptr;
    registration.tenant = app->tenant;
    registration.app_name = app->name;
    registration.tenant_name = app->tenant_name;
    registration.platform = app->platform;
    registration.app_enabled = app->enabled;
    registration.app_enabled_at = app->enabled_at;
    return app;
}

void SqliteStore::stage(Batch batch) {
    writer_.stage(std::move(batch));
}

void SqliteStore::settle(std::vector<Settlement> settlements) {
    writer_.settle(std::move(settlements));
}

std::optional<PushTarget> SqliteStore::pushTarget(Id registration) {
    std::optional<SealedTarget> sealed = recent_.take(registration, readers_.changes());
    if (!sealed) sealed = readTarget(registration);
    if (!sealed) return std::nullopt;
    const std::shared_ptr<const App> app = completeWithApp(sealed->registration);
    if (!app) return std::nullopt;
    PushTarget target;
    try {
        target.token = sealer_.open("device.token", sealed->token_key, sealed->token);
    } catch (const SealError& error) {
        throw StoreError("the database " + file_.string() + ": " + error.what());
    }
    target.registration = std::move(sealed->registration);
    target.token_at = sealed->token_at;
    target.first_410_at = sealed->first_410_at;
    target.style = app->style;
    return target;
}

std::optional<SealedTarget> SqliteStore::readTarget(Id registration) {
    static const std::string sql =
        selectRegistrationAlone("registration r", "WHERE r.id = ?1", kTargetColumns);
    return read(Reads::AllButPending, [&](Connection& connection) -> std::optional<SealedTarget> {
        Query query(connection, sql.c_str(), registration);
        if (!query.next()) return std::nullopt;
        SealedTarget target = targetOf(query);
        completeWithManaged(connection, target.registration);
        return target;
    });
}

std::vector<BadgeShare> SqliteStore::badgeShares(Id device) {
    static const std::string sql = selectRegistration(
        "LEFT JOIN pending p ON p.registration = r.id LEFT JOIN last_count l ON l.registration = "
        "r.id "
        "WHERE r.device = ?1 ORDER BY r.id",
        ", iif(p.mail_generation > 0, p.count, coalesce(l.count, -1))");
    return read([&](Connection& connection) {
        std::vector<BadgeShare> shares;
        Query query(connection, sql.c_str(), device);
        while (query.next()) {
            shares.push_back({readRegistration(query),
                              static_cast<std::int32_t>(query.number(kRegistrationColumns))});
            completeWithManaged(connection, shares.back().registration);
        }
        return shares;
    });
}

void SqliteStore::eachPending(const std::function<void(const Pending&)>& visit) {
    read([&](Connection& connection) { store::eachPending(connection, visit); });
}

void SqliteStore::setPendingSink(PendingSink* sink) {
    writer_.setSink(sink);
}

std::string SqliteStore::health() {
    // A try alone writes nothing and cannot notice a full disk. Once a commit has failed, only one
    // that succeeds proves the end of the trouble.
    const bool prove = !writer_.trouble().empty();
    try {
        writer_.run([prove](WriteContext& context) {
            const char* sql =
                prove
                    ? "INSERT OR REPLACE INTO meta (name, value) VALUES ('written', randomblob(8))"
                    : "UPDATE meta SET value = value WHERE 0";
            Query(context.connection, sql).run();
        });
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}

StoreStats SqliteStore::stats() const {
    return writer_.stats();
}

void SqliteStore::flush() {
    writer_.flush();
}

}  // namespace postbell::store
