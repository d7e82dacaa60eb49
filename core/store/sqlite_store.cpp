// SPDX-License-Identifier: Apache-2.0
// Opening, an event's way, and the store's state.
#include "store/sqlite_store.h"

#include <cerrno>
#include <cstring>

#include "store/managed_mailboxes.h"
#include "store/migrations.h"
#include "store/reach.h"
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
    int column = kRecipientColumns;
    target.registration = readRecipient(query);
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
    std::optional<Callback> callback = findRegistrationCallback(token_hash);
    if (!callback) callback = findMailboxCallback(token_hash);
    if (!callback) callback = findServerCallback(token_hash);
    return callback;
}

std::optional<Callback> SqliteStore::findRegistrationCallback(std::string_view token_hash) {
    static const std::string sql = selectRecipient(
        "callback c CROSS JOIN registration r ON r.id = c.registration", "WHERE c.token_hash = ?1",
        std::string(kTargetColumns).append(", c.proof_hash"));
    const std::uint64_t data_version = readers_.dataVersion();
    Callback callback;
    std::optional<RecipientRow> row =
        read(Reads::AllButPending, [&](Connection& connection) -> std::optional<RecipientRow> {
            Query query(connection, sql.c_str(), Blob{token_hash});
            if (!query.next()) return std::nullopt;
            SealedTarget target = targetOf(query);
            callback.proof_hash = query.text(kRecipientColumns + kTargetColumnCount);
            RecipientRow found = target.registration;
            if (found.recipient.mailbox == 0) recent_.put(std::move(target), data_version);
            return found;
        });
    if (!row) return std::nullopt;
    row->recipient.app = appOf(row->app);
    if (!row->recipient.app) return std::nullopt;
    callback.of = RegistrationCallback{std::move(row->recipient), data_version};
    return callback;
}

std::optional<Callback> SqliteStore::findMailboxCallback(std::string_view token_hash) {
    static const std::string sql =
        selectRecipient("registration r", "WHERE r.managed = ?1 AND r.managed <> 0 ORDER BY r.id");
    Callback callback;
    MailboxCallback mailbox;
    std::vector<RecipientRow> rows;
    read(Reads::AllButPending, [&](Connection& connection) {
        Query found(connection,
                    "SELECT id, proof_hash, subscription_hash, instance FROM managed WHERE "
                    "callback_hash = ?1",
                    Blob{token_hash});
        if (!found.next()) return;
        mailbox.mailbox = found.number(0);
        callback.proof_hash = found.text(1);
        mailbox.subscription_hash = found.text(2);
        const std::string instance = found.text(3);
        Query query(connection, sql.c_str(), mailbox.mailbox);
        while (query.next()) {
            rows.push_back(readRecipient(query));
            // Whose subscription the gateway holds: on the mailbox's instance.
            rows.back().recipient.subscription.instance = instance;
        }
    });
    if (mailbox.mailbox == 0) return std::nullopt;
    mailbox.served = withApps(std::move(rows));
    callback.of = std::move(mailbox);
    return callback;
}

std::optional<Callback> SqliteStore::findServerCallback(std::string_view token_hash) {
    Callback callback;
    ServerCallback server;
    read(Reads::AllButPending, [&](Connection& connection) {
        Query query(connection,
                    "SELECT c.id, c.tenant, c.instance, c.created_at, c.secret, t.name, "
                    "t.hash_key FROM tenant_callback c JOIN tenant t ON t.id = c.tenant WHERE "
                    "c.token_hash = ?1",
                    Blob{token_hash});
        if (!query.next()) return;
        TenantCallback& c = server.callback;
        c.id = query.number(0);
        c.tenant = query.number(1);
        c.instance = query.text(2);
        c.created_at = query.number(3);
        const std::string sealed = query.text(4);
        c.has_secret = !sealed.empty();
        if (c.has_secret) server.secret = sealer_.open(kCallbackSecretPlace, token_hash, sealed);
        server.tenant_hash_key = sealer_.open(kHashKeyPlace, query.text(5), query.text(6));
    });
    if (server.callback.id == 0) return std::nullopt;
    callback.of = std::move(server);
    return callback;
}

std::vector<Recipient> SqliteStore::reportedBy(Id tenant, std::string_view instance,
                                               std::string_view id_hash) {
    static const std::string sql =
        selectRecipient("registration r",
                        "JOIN app a ON a.id = d.app WHERE r.subscription_hash = ?1 AND "
                        "r.subscription_hash <> x'' AND r.instance = ?2 AND a.tenant = ?3 "
                        "ORDER BY r.id LIMIT ?4");
    return withApps(read(Reads::AllButPending, [&](Connection& connection) {
        std::vector<RecipientRow> rows;
        Query query(connection, sql.c_str(), Blob{id_hash}, instance, tenant, kMaxRecipients);
        while (query.next()) rows.push_back(readRecipient(query));
        return rows;
    }));
}

std::vector<Recipient> SqliteStore::provenFor(Id tenant, std::string_view account_key) {
    static const std::string sql = selectRecipient(
        "registration r",
        "JOIN app a ON a.id = d.app WHERE r.account_key = ?1 AND r.account_proof <> 0 AND "
        "a.tenant = ?2 ORDER BY r.id LIMIT ?3");
    return withApps(read(Reads::AllButPending, [&](Connection& connection) {
        std::vector<RecipientRow> rows;
        Query query(connection, sql.c_str(), Blob{account_key}, tenant, kMaxRecipients);
        while (query.next()) rows.push_back(readRecipient(query));
        return rows;
    }));
}

std::shared_ptr<const App> SqliteStore::appOf(Id app) {
    return apps_.find(app, [this](Id id) { return findApp(id); });
}

std::vector<Recipient> SqliteStore::withApps(std::vector<RecipientRow> rows) {
    std::vector<Recipient> recipients;
    recipients.reserve(rows.size());
    for (RecipientRow& row : rows) {
        row.recipient.app = appOf(row.app);
        if (row.recipient.app) recipients.push_back(std::move(row.recipient));
    }
    return recipients;
}

std::vector<Registration> SqliteStore::withApps(std::vector<RegistrationRow> rows) {
    std::vector<Registration> registrations;
    registrations.reserve(rows.size());
    for (RegistrationRow& row : rows) {
        row.registration.app = appOf(row.app);
        if (row.registration.app) registrations.push_back(std::move(row.registration));
    }
    return registrations;
}

void SqliteStore::stage(Batch batch) {
    writer_.stage(std::move(batch));
}

void SqliteStore::settle(std::vector<Settlement> settlements) {
    writer_.settle(std::move(settlements));
}

std::optional<PushTarget> SqliteStore::pushTarget(Id registration) {
    PushTarget target;
    std::optional<SealedTarget> sealed = recent_.take(registration, readers_.dataVersion());
    if (!sealed) sealed = readTarget(registration, target.managed);
    if (!sealed) return std::nullopt;
    target.registration = std::move(sealed->registration.recipient);
    target.registration.app = appOf(sealed->registration.app);
    if (!target.registration.app) return std::nullopt;
    try {
        target.token = sealer_.open("device.token", sealed->token_key, sealed->token);
    } catch (const SealError& error) {
        throw StoreError("the database " + file_.string() + ": " + error.what());
    }
    target.token_at = sealed->token_at;
    target.first_410_at = sealed->first_410_at;
    return target;
}

std::optional<SealedTarget> SqliteStore::readTarget(Id registration, ManagedState& managed) {
    static const std::string sql =
        selectRecipient("registration r", "WHERE r.id = ?1", kTargetColumns);
    return read(Reads::AllButPending, [&](Connection& connection) -> std::optional<SealedTarget> {
        Query query(connection, sql.c_str(), registration);
        if (!query.next()) return std::nullopt;
        SealedTarget target = targetOf(query);
        if (const Id mailbox = target.registration.recipient.mailbox; mailbox != 0)
            managed = readManagedState(connection, mailbox);
        return target;
    });
}

std::vector<BadgeShare> SqliteStore::badgeShares(Id device) {
    static const std::string sql = selectRegistration(
        "LEFT JOIN pending p ON p.registration = r.id LEFT JOIN last_count l ON l.registration = "
        "r.id "
        "WHERE r.device = ?1 ORDER BY r.id",
        ", iif(p.mail_generation > 0, p.count, coalesce(l.count, -1))");
    std::vector<BadgeShare> shares;
    std::vector<Id> apps;
    read([&](Connection& connection) {
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
    const std::shared_ptr<const App> app = appOf(apps.front());
    if (!app) return {};
    for (BadgeShare& share : shares) share.registration.app = app;
    return shares;
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
