// SPDX-License-Identifier: Apache-2.0
// The schema of an empty database: see migrations.h.
#pragma once

namespace postbell::sqlite {

// Ids that other parts keep in memory are never used again (AUTOINCREMENT). `pending` is all
// that is written on an event's way: narrow, without secondary indexes and without foreign keys,
// whose checks would cost more than the row. A mailbox (`managed`) belongs to no tenant: a mail
// server gives an application one subscription for it, whichever tenant's devices it serves. An
// app's registrations are counted as they come and go: counting a million takes too long for a
// device that registers. Phones keep the copy of the app that they have, and with it a key that
// was replaced.
inline constexpr const char* kSchema = R"sql(
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
    push_settings TEXT NOT NULL DEFAULT '[]',
    registrations INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant, name));

CREATE TABLE replaced_key (
    enrolment_hash BLOB PRIMARY KEY,
    app INTEGER NOT NULL REFERENCES app ON DELETE CASCADE,
    registers_until INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX replaced_key_app ON replaced_key (app);

CREATE TABLE credential (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app INTEGER NOT NULL REFERENCES app ON DELETE CASCADE,
    provider TEXT NOT NULL,
    production INTEGER NOT NULL,
    sandbox INTEGER NOT NULL,
    content BLOB NOT NULL,
    password BLOB NOT NULL,
    settings BLOB NOT NULL DEFAULT x'',
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

CREATE TABLE tenant_callback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    instance TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL);
CREATE INDEX tenant_callback_tenant ON tenant_callback (tenant);

CREATE TABLE device (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app INTEGER NOT NULL REFERENCES app,
    token_key BLOB NOT NULL,
    environment INTEGER NOT NULL,
    device_key BLOB NOT NULL,
    token BLOB NOT NULL,
    token_at INTEGER NOT NULL,
    dead_at INTEGER NOT NULL DEFAULT 0,
    first_410_at INTEGER NOT NULL DEFAULT 0,
    accounts INTEGER NOT NULL DEFAULT 0,
    origin TEXT NOT NULL DEFAULT '',
    token_expires_at INTEGER NOT NULL DEFAULT 0,
    proven_at INTEGER NOT NULL DEFAULT 0,
    first_foreign_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (app, token_key, environment, device_key));

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
    secret_hash BLOB NOT NULL,
    os_version TEXT NOT NULL,
    app_version TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    managed INTEGER NOT NULL DEFAULT 0,
    account_proof INTEGER NOT NULL DEFAULT 0,
    left_token_key BLOB NOT NULL DEFAULT x'',
    folder_canonical INTEGER NOT NULL DEFAULT 0,
    folder_reported_at INTEGER NOT NULL DEFAULT 0,
    other_folder_at INTEGER NOT NULL DEFAULT 0,
    quiet_until INTEGER NOT NULL DEFAULT 0,
    UNIQUE (device, account_key));
CREATE INDEX registration_proven ON registration (account_key) WHERE account_proof <> 0;
CREATE INDEX registration_secret ON registration (account_key, secret_hash);
CREATE INDEX registration_managed ON registration (managed) WHERE managed <> 0;
CREATE INDEX registration_subscription ON registration (subscription_hash)
    WHERE subscription_hash <> x'';
CREATE TRIGGER registration_came AFTER INSERT ON registration BEGIN
    UPDATE app SET registrations = registrations + 1
    WHERE id = (SELECT app FROM device WHERE id = NEW.device);
END;
CREATE TRIGGER registration_went AFTER DELETE ON registration BEGIN
    UPDATE app SET registrations = registrations - 1
    WHERE id = (SELECT app FROM device WHERE id = OLD.device);
END;

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
    outcome TEXT NOT NULL DEFAULT '',
    own_folder_at INTEGER NOT NULL DEFAULT 0,
    nudges INTEGER NOT NULL DEFAULT 0);

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
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (instance, mailbox_key));
CREATE INDEX managed_due ON managed (instance, due_at);

CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL);
)sql";

}  // namespace postbell::sqlite
