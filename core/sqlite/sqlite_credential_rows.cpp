// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_credential_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

namespace {

constexpr std::string_view kColumns =
    "SELECT id, app, provider, production, sandbox, kind, subject, topics, valid_from_ms, "
    "expires_ms, uploaded_at, upload, guards, authorization_name, authorization_value, "
    "authorization_renew_ms, authorization_expires_ms, authorization_not_before_ms";
constexpr int kColumnCount = 18;

Sql selectCredentials(std::string_view more_columns, std::string_view rest) {
    return Sql::kept(std::string(kColumns).append(more_columns).append(rest));
}

CredentialRow readCredential(const Query& query) {
    int column = 0;
    const auto number = [&] { return query.number(column++); };
    const auto time = [&] { return query.time(column++); };
    const auto text = [&] { return query.text(column++); };
    CredentialRow row;
    row.id = number();
    row.slot.app = number();
    row.slot.provider = text();
    row.slot.production = number() != 0;
    row.slot.sandbox = number() != 0;
    UploadRow& u = row.upload;
    u.kind = text();
    u.subject = text();
    u.topics = text();
    u.valid_from = time();
    u.expires_at = time();
    u.uploaded_at = time();
    u.upload = number();
    u.guards = text();
    u.authorization.name = text();
    u.authorization.value = text();
    u.authorization.renew_at = time();
    u.authorization.expires_at = time();
    u.authorization.not_renewed_before = time();
    return row;
}

}  // namespace

std::vector<CredentialRow> SqliteCredentialRows::list(Id app) const {
    static const Sql sql =
        selectCredentials("", " FROM credential WHERE ?1 = 0 OR app = ?1 ORDER BY id");
    std::vector<CredentialRow> credentials;
    Query query(connection_, sql, app);
    while (query.next()) credentials.push_back(readCredential(query));
    return credentials;
}

std::optional<CredentialRow> SqliteCredentialRows::find(Id id) const {
    static const Sql sql =
        selectCredentials(", content, password, settings", " FROM credential WHERE id = ?1");
    Query query(connection_, sql, id);
    if (!query.next()) return std::nullopt;
    CredentialRow row = readCredential(query);
    row.upload.content = query.text(kColumnCount);
    row.upload.password = query.text(kColumnCount + 1);
    row.upload.settings = query.text(kColumnCount + 2);
    return row;
}

std::optional<ReplacedUpload> SqliteCredentialRows::findReplaced(const CredentialSlot& slot) const {
    Query query(connection_,
                "SELECT id, upload, guards FROM credential WHERE app = ?1 AND provider = ?2 AND "
                "production = ?3 AND sandbox = ?4",
                slot.app, slot.provider, slot.production, slot.sandbox);
    if (!query.next()) return std::nullopt;
    return ReplacedUpload{query.number(0), query.number(1), query.text(2)};
}

Id SqliteCredentialRows::insert(const CredentialSlot& slot) {
    Query(connection_,
          "INSERT INTO credential (app, provider, production, sandbox, content, password, "
          "settings, kind, subject, topics, valid_from_ms, expires_ms, uploaded_at, upload) "
          "VALUES (?1, ?2, ?3, ?4, x'', x'', x'', '', '', '', 0, 0, 0, 0)",
          slot.app, slot.provider, slot.production, slot.sandbox)
        .run();
    return connection_.lastInsertId();
}

void SqliteCredentialRows::putUpload(Id id, const UploadRow& upload) {
    const AuthorizationRow& authorization = upload.authorization;
    Query(connection_,
          "UPDATE credential SET upload = ?2, kind = ?3, subject = ?4, topics = ?5, "
          "valid_from_ms = ?6, expires_ms = ?7, uploaded_at = ?8, guards = ?9, "
          "authorization_name = ?10, authorization_value = ?11, authorization_renew_ms = ?12, "
          "authorization_expires_ms = ?13, authorization_not_before_ms = ?14, content = ?15, "
          "password = ?16, settings = ?17 WHERE id = ?1",
          id, upload.upload, upload.kind, upload.subject, upload.topics, upload.valid_from,
          upload.expires_at, upload.uploaded_at, upload.guards, authorization.name,
          Blob{authorization.value}, authorization.renew_at, authorization.expires_at,
          authorization.not_renewed_before, Blob{upload.content}, Blob{upload.password},
          Blob{upload.settings})
        .run();
}

std::optional<std::string> SqliteCredentialRows::findGuards(Id id, std::int64_t upload) const {
    Query query(connection_, "SELECT guards FROM credential WHERE id = ?1 AND upload = ?2", id,
                upload);
    if (!query.next()) return std::nullopt;
    return query.text(0);
}

void SqliteCredentialRows::putGuards(Id id, std::string_view guards) {
    Query(connection_, "UPDATE credential SET guards = ?2 WHERE id = ?1", id, guards).run();
}

void SqliteCredentialRows::putAuthorization(Id id, const AuthorizationRow& authorization) {
    Query(connection_,
          "UPDATE credential SET authorization_name = ?2, authorization_value = ?3, "
          "authorization_renew_ms = ?4, authorization_expires_ms = ?5, "
          "authorization_not_before_ms = ?6 WHERE id = ?1",
          id, authorization.name, Blob{authorization.value}, authorization.renew_at,
          authorization.expires_at, authorization.not_renewed_before)
        .run();
}

bool SqliteCredentialRows::remove(Id id) {
    return Query(connection_, "DELETE FROM credential WHERE id = ?1", id).run() > 0;
}

}  // namespace postbell::sqlite
