// SPDX-License-Identifier: Apache-2.0
#include "store/credentials_desk.h"

#include "store/list_text.h"
#include "store/sealed_places.h"

namespace postbell::store {

namespace {

/// Without the sealed values.
Credential recordOf(const CredentialRow& row) {
    const UploadRow& upload = row.upload;
    Credential c;
    c.id = row.id;
    c.app = row.slot.app;
    c.provider = row.slot.provider;
    c.production = row.slot.production;
    c.sandbox = row.slot.sandbox;
    c.kind = upload.kind;
    c.subject = upload.subject;
    c.topics = parseTopics(upload.topics);
    c.valid_from = upload.valid_from;
    c.expires_at = upload.expires_at;
    c.uploaded_at = upload.uploaded_at;
    c.upload = upload.upload;
    c.guards = parseGuards(upload.guards);
    c.authorization.name = upload.authorization.name;
    c.authorization.renew_at = upload.authorization.renew_at;
    c.authorization.expires_at = upload.authorization.expires_at;
    c.authorization.not_renewed_before = upload.authorization.not_renewed_before;
    return c;
}

std::string renewedGuards(const std::optional<ReplacedUpload>& replaced, util::WallTime now) {
    Guards guards = replaced ? parseGuards(replaced->guards) : Guards();
    for (GuardState& guard : guards) guard = guard.renewed(now);
    return guardsText(guards);
}

}  // namespace

Credential CredentialsDesk::putCredential(const Credential& credential) {
    const CredentialSlot slot{credential.app, credential.provider, credential.production,
                              credential.sandbox};
    Id id = 0;
    database_.write([&](WriteContext& context) {
        CredentialRows& credentials = context.tables.credentials();
        const std::optional<ReplacedUpload> replaced = credentials.findReplaced(slot);
        id = replaced ? replaced->id : credentials.insert(slot);
        UploadRow upload = sealedUpload(id, replaced ? replaced->upload + 1 : 1, credential);
        upload.guards = renewedGuards(replaced, credential.uploaded_at);
        credentials.putUpload(id, upload);
    });
    const std::optional<Credential> stored = findCredential(id);
    if (!stored) throw StoreError("the credential was removed while it was stored");
    return *stored;
}

UploadRow CredentialsDesk::sealedUpload(Id id, std::int64_t upload,
                                        const Credential& credential) const {
    const std::string row = credentialRow(id, upload);
    const auto sealed = [&](const char* place, const std::string& plain) {
        return database_.sealer().seal(place, row, plain);
    };
    UploadRow u;
    u.upload = upload;
    u.kind = credential.kind;
    u.subject = credential.subject;
    u.topics = topicsText(credential.topics);
    u.valid_from = credential.valid_from;
    u.expires_at = credential.expires_at;
    u.uploaded_at = credential.uploaded_at;
    u.content = sealed(kCredentialContentPlace, credential.content);
    u.password = sealed(kCredentialPasswordPlace, credential.password);
    u.settings = sealed(kCredentialSettingsPlace, settingsText(credential.settings));
    return u;
}

Credential CredentialsDesk::opened(const CredentialRow& row) const {
    const std::string sealed_row = credentialRow(row.id, row.upload.upload);
    const auto open = [&](const char* place, const std::string& sealed) {
        return database_.opened(place, sealed_row, sealed);
    };
    Credential c = recordOf(row);
    const std::string& authorization = row.upload.authorization.value;
    if (!authorization.empty())
        c.authorization.value = open(kCredentialAuthorizationPlace, authorization);
    c.content = open(kCredentialContentPlace, row.upload.content);
    c.password = open(kCredentialPasswordPlace, row.upload.password);
    c.settings = parseSettings(open(kCredentialSettingsPlace, row.upload.settings));
    return c;
}

std::vector<Credential> CredentialsDesk::listCredentials(Id app) {
    std::vector<Credential> credentials;
    for (const CredentialRow& row :
         database_.read([&](const Tables& tables) { return tables.credentials().list(app); }))
        credentials.push_back(recordOf(row));
    return credentials;
}

std::optional<Credential> CredentialsDesk::findCredential(Id id) {
    const std::optional<CredentialRow> row =
        database_.read([&](const Tables& tables) { return tables.credentials().find(id); });
    if (!row) return std::nullopt;
    return opened(*row);
}

bool CredentialsDesk::removeCredential(Id id) {
    bool found = false;
    database_.write(
        [&](WriteContext& context) { found = context.tables.credentials().remove(id); });
    return found;
}

void CredentialsDesk::saveGuard(Id credential, std::int64_t upload, Environment environment,
                                const GuardState& guard) {
    const auto index = static_cast<std::size_t>(environment);
    database_.keep("guard " + credentialRow(credential, upload) + "/" + std::to_string(index),
                   [=](WriteContext& context) {
                       CredentialRows& credentials = context.tables.credentials();
                       const auto stored = credentials.findGuards(credential, upload);
                       if (!stored) return;
                       Guards guards = parseGuards(*stored);
                       guards.at(index) = guard;
                       credentials.putGuards(credential, guardsText(guards));
                   });
}

void CredentialsDesk::saveAuthorization(Id credential, std::int64_t upload,
                                        const StoredAuthorization& authorization) {
    const std::string sealed_row = credentialRow(credential, upload);
    const AuthorizationRow row{
        authorization.name,
        authorization.value.empty() ? std::string()
                                    : database_.sealer().seal(kCredentialAuthorizationPlace,
                                                              sealed_row, authorization.value),
        authorization.renew_at, authorization.expires_at, authorization.not_renewed_before};
    database_.keep("authorization " + sealed_row, [=](WriteContext& context) {
        context.tables.credentials().putAuthorization(credential, upload, row);
    });
}

}  // namespace postbell::store
