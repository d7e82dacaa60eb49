// SPDX-License-Identifier: Apache-2.0
#include "sqlite/migrations.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "sqlite/query.h"
#include "sqlite/registering_schema.h"
#include "store/sealed_places.h"
#include "store/store_error.h"

namespace postbell::sqlite {

namespace {

// "PBEL": tells Postbell's databases from those of other programs.
constexpr std::int64_t kApplicationId = 0x5042454c;

// Ids that other parts keep in memory are never used again (AUTOINCREMENT). `pending` is all
// that is written on an event's way: narrow, without secondary indexes and without foreign keys,
// whose checks would cost more than the row.
constexpr const char* kFirstSchema = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE tenant (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    hash_key BLOB NOT NULL);

CREATE TABLE app (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    style INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    enabled_at INTEGER NOT NULL,
    enrolment_hash BLOB UNIQUE,
    UNIQUE (tenant, name));

CREATE TABLE credential (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app INTEGER NOT NULL REFERENCES app ON DELETE CASCADE,
    provider TEXT NOT NULL,
    production INTEGER NOT NULL,
    sandbox INTEGER NOT NULL,
    content BLOB NOT NULL,
    password BLOB NOT NULL,
    settings TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    topics TEXT NOT NULL,
    valid_from_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    uploaded_at INTEGER NOT NULL,
    upload INTEGER NOT NULL,
    guards TEXT NOT NULL DEFAULT '[]',
    authorization_name TEXT NOT NULL DEFAULT '',
    authorization_value BLOB,
    authorization_renew_ms INTEGER NOT NULL DEFAULT 0,
    authorization_expires_ms INTEGER NOT NULL DEFAULT 0,
    authorization_not_before_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (app, provider, production, sandbox));

CREATE TABLE device (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app INTEGER NOT NULL REFERENCES app,
    token_key BLOB NOT NULL,
    token BLOB NOT NULL,
    environment INTEGER NOT NULL,
    token_at INTEGER NOT NULL,
    dead_at INTEGER NOT NULL DEFAULT 0,
    first_410_at INTEGER NOT NULL DEFAULT 0,
    accounts INTEGER NOT NULL DEFAULT 0,
    UNIQUE (app, token_key));

CREATE TABLE registration (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    device INTEGER NOT NULL REFERENCES device,
    created_at INTEGER NOT NULL,
    instance TEXT NOT NULL DEFAULT '',
    subscription_hash BLOB NOT NULL DEFAULT x'',
    folder_hash BLOB NOT NULL DEFAULT x'',
    reported_at INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL DEFAULT 0,
    expires_set_at INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER NOT NULL DEFAULT 0,
    renew_asked_at INTEGER NOT NULL DEFAULT 0,
    retired BLOB NOT NULL DEFAULT x'',
    callback BLOB NOT NULL DEFAULT x'',
    account_key BLOB NOT NULL,
    device_key BLOB NOT NULL,
    secret_hash BLOB NOT NULL,
    os_version TEXT NOT NULL,
    app_version TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (device, account_key));
CREATE INDEX registration_account ON registration (account_key);

CREATE TABLE callback (
    token_hash BLOB PRIMARY KEY,
    registration INTEGER NOT NULL REFERENCES registration ON DELETE CASCADE,
    proof_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX callback_registration ON callback (registration);

CREATE TABLE pending (
    registration INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    mail_generation INTEGER NOT NULL,
    new_mail_generation INTEGER NOT NULL,
    check_generation INTEGER NOT NULL,
    count INTEGER NOT NULL,
    since INTEGER NOT NULL,
    occurred INTEGER NOT NULL,
    dedup BLOB);

CREATE TABLE last_count (registration INTEGER PRIMARY KEY, count INTEGER NOT NULL);

CREATE TABLE seen (
    registration INTEGER PRIMARY KEY,
    device_at INTEGER NOT NULL DEFAULT 0,
    heard_at INTEGER NOT NULL DEFAULT 0,
    event_at INTEGER NOT NULL DEFAULT 0,
    push_at INTEGER NOT NULL DEFAULT 0,
    nudged_at INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT '');

CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL);
)sql";

// A mailbox belongs to no tenant: a mail server gives an application one subscription for it,
// whichever tenant's devices it serves.
constexpr const char* kManagedMailboxes = R"sql(
CREATE TABLE managed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance TEXT NOT NULL,
    mailbox_key BLOB NOT NULL,
    mailbox BLOB NOT NULL,
    callback_hash BLOB UNIQUE,
    proof_hash BLOB NOT NULL DEFAULT x'',
    subscription BLOB NOT NULL DEFAULT x'',
    subscription_hash BLOB NOT NULL DEFAULT x'',
    expires_at INTEGER NOT NULL DEFAULT 0,
    renew_at INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    failed_at INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT '',
    ended_at INTEGER NOT NULL DEFAULT 0,
    renew_asked_at INTEGER NOT NULL DEFAULT 0,
    asked INTEGER NOT NULL DEFAULT 0,
    UNIQUE (instance, mailbox_key));
CREATE INDEX managed_due ON managed (instance, due_at);

ALTER TABLE registration ADD COLUMN managed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX registration_managed ON registration (managed) WHERE managed <> 0;
)sql";

// One URL for a whole mail server, whose events name a subscription or an account: registrations
// are found by either.
constexpr const char* kTenantCallbacks = R"sql(
CREATE TABLE tenant_callback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    instance TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL);
CREATE INDEX tenant_callback_tenant ON tenant_callback (tenant);

ALTER TABLE registration ADD COLUMN account_proof INTEGER NOT NULL DEFAULT 0;
CREATE INDEX registration_subscription ON registration (subscription_hash)
    WHERE subscription_hash <> x'';
)sql";

// Where devices name the origin that their pushes go to, as in Web Push.
constexpr const char* kDeviceOrigins = R"sql(
ALTER TABLE device ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN token_expires_at INTEGER NOT NULL DEFAULT 0;
)sql";

// The text that a mail server sent to a mailbox's callback and wants back before it notifies.
constexpr const char* kMailboxNotes = R"sql(
ALTER TABLE managed ADD COLUMN note TEXT NOT NULL DEFAULT '';
)sql";

// Pairs of name and value, for the provider of the app's platform.
constexpr const char* kPushSettings = R"sql(
ALTER TABLE app ADD COLUMN push_settings TEXT NOT NULL DEFAULT '[]';
)sql";

// A plugin may mark a setting as secret, so all of a credential's settings are sealed, as one
// value.
constexpr const char* kSealedSettings = R"sql(
ALTER TABLE credential RENAME COLUMN settings TO open_settings;
ALTER TABLE credential ADD COLUMN settings BLOB NOT NULL DEFAULT x'';
)sql";

// Witnesses of a credential. Of an older database's tokens those count as proven whose last push
// was known to be delivered: of the others nobody can tell which were made up. They are pushed to
// all the same, and the next delivery proves them.
constexpr const char* kProvenTokens = R"sql(
ALTER TABLE device ADD COLUMN proven_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN first_foreign_at INTEGER NOT NULL DEFAULT 0;
UPDATE device SET proven_at = s.push_at FROM registration r JOIN seen s ON s.registration = r.id
    WHERE r.device = device.id AND device.dead_at = 0 AND s.outcome = 'delivered'
    AND s.push_at >= device.token_at;
)sql";

void sealSettings(Connection& connection, const Sealer& sealer) {
    struct Upload {
        std::int64_t id = 0, number = 0;
        std::string settings;
    };
    std::vector<Upload> uploads;
    {
        Query query(connection, "SELECT id, upload, open_settings FROM credential");
        while (query.next()) uploads.push_back({query.number(0), query.number(1), query.text(2)});
    }
    for (const Upload& upload : uploads) {
        const std::string sealed = sealer.seal(
            kCredentialSettingsPlace, credentialRow(upload.id, upload.number), upload.settings);
        Query(connection, "UPDATE credential SET settings = ?2 WHERE id = ?1", upload.id,
              Blob{sealed})
            .run();
    }
    connection.execute("ALTER TABLE credential DROP COLUMN open_settings");
}

// The reported folder beside those that notifications name.
constexpr const char* kFolders = R"sql(
ALTER TABLE registration ADD COLUMN folder_canonical INTEGER NOT NULL DEFAULT 0;
ALTER TABLE registration ADD COLUMN folder_reported_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE registration ADD COLUMN other_folder_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE seen ADD COLUMN own_folder_at INTEGER NOT NULL DEFAULT 0;
)sql";

// How often an app was asked in a row, and until when the mail server wants to be left alone.
constexpr const char* kNudges = R"sql(
ALTER TABLE registration ADD COLUMN quiet_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE seen ADD COLUMN nudges INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::array kMigrations = {
    Migration{kFirstSchema},     Migration{kManagedMailboxes},
    Migration{kTenantCallbacks}, Migration{kDeviceOrigins},
    Migration{kMailboxNotes},    Migration{kSealedSettings, sealSettings},
    Migration{kPushSettings},    Migration{kDeviceIdentity},
    Migration{kEnrolment},       Migration{kProvenTokens},
    Migration{kFolders},         Migration{kNudges}};

std::int64_t pragma(Connection& connection, Sql sql) {
    Query query(connection, sql);
    return query.next() ? query.number(0) : 0;
}

bool holdsTables(Connection& connection) {
    return pragma(connection, "SELECT count(*) FROM sqlite_schema") > 0;
}

void take(Connection& connection, const Migration& step, std::size_t number, const Sealer& sealer) {
    connection.execute("BEGIN IMMEDIATE");
    try {
        connection.execute(step.sql);
        if (step.seal != nullptr) step.seal(connection, sealer);
        connection.execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                           "; PRAGMA user_version = " + std::to_string(number));
        connection.execute("COMMIT");
    } catch (const std::exception&) {
        if (connection.inTransaction()) connection.execute("ROLLBACK");
        throw;
    }
}

}  // namespace

std::span<const Migration> migrations() {
    return kMigrations;
}

std::size_t stepsTaken(Connection& connection, const std::filesystem::path& file,
                       std::span<const Migration> steps) {
    const std::int64_t owner = pragma(connection, "PRAGMA application_id");
    const std::int64_t taken = pragma(connection, "PRAGMA user_version");
    const auto newest = static_cast<std::int64_t>(steps.size());
    if (owner != kApplicationId && (owner != 0 || taken != 0 || holdsTables(connection))) {
        throw StoreError("the database " + file.string() + " is not one of Postbell's");
    }
    if (taken > newest) {
        throw StoreError("the database " + file.string() +
                         " was written by a newer Postbell (its schema is " +
                         std::to_string(taken) + ", this Postbell knows " + std::to_string(newest) +
                         "); install that version or restore a backup");
    }
    return static_cast<std::size_t>(std::max<std::int64_t>(taken, 0));
}

void migrate(Connection& connection, const std::filesystem::path& file, const Sealer& sealer,
             std::span<const Migration> steps) {
    const std::size_t taken = stepsTaken(connection, file, steps);
    bool sealed = false;
    // A step may make a table anew that rows of others refer to.
    connection.execute("PRAGMA foreign_keys = OFF");
    for (std::size_t step = taken; step < steps.size(); ++step) {
        take(connection, steps[step], step + 1, sealer);
        sealed = sealed || steps[step].seal != nullptr;
    }
    connection.execute("PRAGMA foreign_keys = ON");
    // The log still holds the pages as they were before.
    if (sealed) connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace postbell::sqlite
