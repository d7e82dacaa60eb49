// SPDX-License-Identifier: Apache-2.0
// What apps push with, and how push networks take it.
#include "sqlite/sqlite_credentials.h"

#include "store/credential_text.h"
#include "store/sealed_places.h"

namespace postbell::sqlite {

namespace {

constexpr const char* kColumns =
    "SELECT id, app, provider, production, sandbox, kind, subject, topics, "
    "valid_from_ms, expires_ms, "
    "uploaded_at, upload, guards, authorization_name, authorization_value, authorization_renew_ms, "
    "authorization_expires_ms, authorization_not_before_ms, content, password, settings FROM "
    "credential ";

Guards readGuards(Connection& connection, Id credential) {
    Query query(connection, "SELECT guards FROM credential WHERE id = ?1", credential);
    return query.next() ? parseGuards(query.text(0)) : Guards();
}

void writeGuards(Connection& connection, Id credential, const Guards& guards) {
    Query(connection, "UPDATE credential SET guards = ?2 WHERE id = ?1", credential,
          guardsText(guards))
        .run();
}

bool isUpload(Connection& connection, Id credential, std::int64_t upload) {
    return Query(connection, "SELECT 1 FROM credential WHERE id = ?1 AND upload = ?2", credential,
                 upload)
        .next();
}

std::optional<Id> findReplaced(Connection& connection, const Credential& credential) {
    Query query(connection,
                "SELECT id FROM credential WHERE app = ?1 AND provider = ?2 AND production = ?3 "
                "AND sandbox = ?4",
                credential.app, credential.provider, credential.production, credential.sandbox);
    if (!query.next()) return std::nullopt;
    return query.number(0);
}

Id insertEmpty(Connection& connection, const Credential& credential) {
    Query(connection,
          "INSERT INTO credential (app, provider, production, sandbox, content, password, "
          "settings, kind, subject, topics, "
          "valid_from_ms, expires_ms, uploaded_at, upload) VALUES (?1, ?2, ?3, ?4, x'', x'', "
          "x'', '', '', '', 0, 0, 0, 0)",
          credential.app, credential.provider, credential.production, credential.sandbox)
        .run();
    return connection.lastInsertId();
}

std::int64_t raiseUpload(Connection& connection, Id id) {
    Query query(connection,
                "UPDATE credential SET upload = upload + 1 WHERE id = ?1 RETURNING upload", id);
    query.next();
    return query.number(0);
}

}  // namespace

Credential SqliteCredentials::putCredential(const Credential& credential) {
    Id id = 0;
    database_.write([&](WriteContext& context) {
        Connection& connection = context.connection;
        const std::optional<Id> replaced = findReplaced(connection, credential);
        id = replaced ? *replaced : insertEmpty(connection, credential);
        const std::string row = credentialRow(id, raiseUpload(connection, id));
        const auto sealed = [&](const char* place, const std::string& plain) {
            return database_.sealer().seal(place, row, plain);
        };
        Query(connection,
              "UPDATE credential SET content = ?2, password = ?3, settings = ?4, kind = ?5, "
              "subject = ?6, topics = ?7, "
              "valid_from_ms = ?8, expires_ms = ?9, uploaded_at = ?10, authorization_name = '', "
              "authorization_value = NULL, "
              "authorization_renew_ms = 0, authorization_expires_ms = 0, "
              "authorization_not_before_ms = 0 WHERE id = ?1",
              id, Blob{sealed(kCredentialContentPlace, credential.content)},
              Blob{sealed(kCredentialPasswordPlace, credential.password)},
              Blob{sealed(kCredentialSettingsPlace, settingsText(credential.settings))},
              credential.kind, credential.subject, topicsText(credential.topics),
              credential.valid_from, credential.expires_at, credential.uploaded_at)
            .run();
        Guards guards = readGuards(connection, id);
        for (GuardState& guard : guards) guard = renewed(guard, credential.uploaded_at);
        writeGuards(connection, id, guards);
    });
    const std::optional<Credential> stored = findCredential(id);
    if (!stored) throw StoreError("the credential was removed while it was stored");
    return *stored;
}

Credential SqliteCredentials::readCredential(const Query& query, bool with_sealed) const {
    int column = 0;
    const auto number = [&] { return query.number(column++); };
    const auto time = [&] { return query.time(column++); };
    const auto text = [&] { return query.text(column++); };
    Credential c;
    c.id = number();
    c.app = number();
    c.provider = text();
    c.production = number() != 0;
    c.sandbox = number() != 0;
    c.kind = text();
    c.subject = text();
    c.topics = parseTopics(text());
    c.valid_from = time();
    c.expires_at = time();
    c.uploaded_at = time();
    c.upload = number();
    c.guards = parseGuards(text());
    c.authorization.name = text();
    const std::string authorization = text();
    c.authorization.renew_at = time();
    c.authorization.expires_at = time();
    c.authorization.not_renewed_before = time();
    if (!with_sealed) return c;

    const std::string row = credentialRow(c.id, c.upload);
    const auto opened = [&](const char* place, const std::string& sealed) {
        return database_.opened(place, row, sealed);
    };
    if (!authorization.empty())
        c.authorization.value = opened(kCredentialAuthorizationPlace, authorization);
    c.content = opened(kCredentialContentPlace, text());
    c.password = opened(kCredentialPasswordPlace, text());
    c.settings = parseSettings(opened(kCredentialSettingsPlace, text()));
    return c;
}

std::vector<Credential> SqliteCredentials::listCredentials(Id app) {
    static const std::string sql = std::string(kColumns) + "WHERE ?1 = 0 OR app = ?1 ORDER BY id";
    return database_.read([&](Connection& connection) {
        std::vector<Credential> credentials;
        Query query(connection, sql.c_str(), app);
        while (query.next()) credentials.push_back(readCredential(query, false));
        return credentials;
    });
}

std::optional<Credential> SqliteCredentials::findCredential(Id id) {
    static const std::string sql = std::string(kColumns) + "WHERE id = ?1";
    return database_.read([&](Connection& connection) -> std::optional<Credential> {
        Query query(connection, sql.c_str(), id);
        if (!query.next()) return std::nullopt;
        return readCredential(query, true);
    });
}

bool SqliteCredentials::removeCredential(Id id) {
    bool found = false;
    database_.write([&](WriteContext& context) {
        found = Query(context.connection, "DELETE FROM credential WHERE id = ?1", id).run() > 0;
    });
    return found;
}

void SqliteCredentials::saveGuard(Id credential, std::int64_t upload, Environment environment,
                                  const GuardState& guard) {
    const auto index = static_cast<std::size_t>(environment);
    database_.keep("guard " + credentialRow(credential, upload) + "/" + std::to_string(index),
                   [=](WriteContext& context) {
                       if (!isUpload(context.connection, credential, upload)) return;
                       Guards guards = readGuards(context.connection, credential);
                       guards.at(index) = guard;
                       writeGuards(context.connection, credential, guards);
                   });
}

void SqliteCredentials::saveAuthorization(Id credential, std::int64_t upload,
                                          const StoredAuthorization& authorization) {
    const std::string sealed =
        authorization.value.empty()
            ? std::string()
            : database_.sealer().seal(kCredentialAuthorizationPlace,
                                      credentialRow(credential, upload), authorization.value);
    database_.keep(
        "authorization " + credentialRow(credential, upload), [=](WriteContext& context) {
            Query(
                context.connection,
                "UPDATE credential SET authorization_name = ?3, authorization_value = ?4, "
                "authorization_renew_ms = ?5, "
                "authorization_expires_ms = ?6, authorization_not_before_ms = ?7 WHERE id = ?1 AND "
                "upload = ?2",
                credential, upload, authorization.name, Blob{sealed}, authorization.renew_at,
                authorization.expires_at, authorization.not_renewed_before)
                .run();
        });
}

}  // namespace postbell::sqlite
