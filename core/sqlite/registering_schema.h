// SPDX-License-Identifier: Apache-2.0
// Steps of the schema about who registers: see migrations.h.
#pragma once

namespace postbell::sqlite {

// Until here a device was an app's token, so that whoever registered a token of another's phone was
// on that phone's device. Devices on which several phones are become one for each. The table is
// made anew, since SQLite cannot take its UNIQUE away.
inline constexpr const char* kDeviceIdentity = R"sql(
CREATE TABLE device_of_phone (
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
    UNIQUE (app, token_key, environment, device_key));

INSERT INTO device_of_phone
SELECT d.id, d.app, d.token_key, d.environment,
    coalesce((SELECT min(r.device_key) FROM registration r WHERE r.device = d.id), x''),
    d.token, d.token_at, d.dead_at, d.first_410_at, d.accounts, d.origin, d.token_expires_at
FROM device d;

INSERT INTO device_of_phone (app, token_key, environment, device_key, token, token_at, dead_at,
    first_410_at, accounts, origin, token_expires_at)
SELECT DISTINCT d.app, d.token_key, d.environment, r.device_key, d.token, d.token_at, d.dead_at,
    d.first_410_at, d.accounts, d.origin, d.token_expires_at
FROM device_of_phone d JOIN registration r ON r.device = d.id
WHERE d.accounts > 1 AND r.device_key <> d.device_key;

UPDATE registration SET device = own.id
FROM device_of_phone shared JOIN device_of_phone own ON own.app = shared.app AND
    own.token_key = shared.token_key AND own.environment = shared.environment
WHERE shared.id = registration.device AND shared.accounts > 1 AND
    registration.device_key <> shared.device_key AND own.device_key = registration.device_key;

DROP TABLE device;
ALTER TABLE device_of_phone RENAME TO device;
UPDATE device SET accounts = (SELECT count(*) FROM registration r WHERE r.device = device.id)
WHERE accounts > 1;
DELETE FROM last_count WHERE registration IN (
    SELECT r.id FROM registration r JOIN device d ON d.id = r.device WHERE d.accounts < 2);

ALTER TABLE registration DROP COLUMN device_key;
ALTER TABLE registration ADD COLUMN left_token_key BLOB NOT NULL DEFAULT x'';
)sql";

// An app's registrations are counted as they come and go: counting a million takes too long for a
// device that registers. Phones keep the copy of the app that they have, and with it a key that
// was replaced.
inline constexpr const char* kEnrolment = R"sql(
ALTER TABLE app ADD COLUMN registrations INTEGER NOT NULL DEFAULT 0;
UPDATE app SET registrations = (
    SELECT count(*) FROM device d JOIN registration r ON r.device = d.id WHERE d.app = app.id);
CREATE TRIGGER registration_came AFTER INSERT ON registration BEGIN
    UPDATE app SET registrations = registrations + 1
    WHERE id = (SELECT app FROM device WHERE id = NEW.device);
END;
CREATE TRIGGER registration_went AFTER DELETE ON registration BEGIN
    UPDATE app SET registrations = registrations - 1
    WHERE id = (SELECT app FROM device WHERE id = OLD.device);
END;

CREATE TABLE replaced_key (
    enrolment_hash BLOB PRIMARY KEY,
    app INTEGER NOT NULL REFERENCES app ON DELETE CASCADE,
    registers_until INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX replaced_key_app ON replaced_key (app);
)sql";

}  // namespace postbell::sqlite
