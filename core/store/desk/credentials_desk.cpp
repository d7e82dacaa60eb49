// SPDX-License-Identifier: Apache-2.0
#include "store/desk/credentials_desk.h"

#include <algorithm>

#include "store/records/list_text.h"
#include "store/seal/sealed_places.h"

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

SealedRow sealedRow(Id id, const CredentialSlot& slot, std::int64_t upload) {
    return credentialRow(id, {upload, slot.app, slot.provider, slot.production, slot.sandbox});
}

/// A name for queued writes.
std::string uploadName(Id credential, std::int64_t upload) {
    return std::to_string(credential) + "/" + std::to_string(upload);
}

/// A network that resents new authorizations (Apple: one in 20 minutes) counts them by the secret
/// that they are made with: credentials with one secret present one authorization.
bool isShared(const StoredAuthorization& authorization) {
    return !authorization.name.empty() && util::isSet(authorization.not_renewed_before);
}

/// Copies of one file differ in their line breaks.
bool isSameButForBlanks(std::string_view a, std::string_view b) {
    const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    auto at = b.begin();
    for (const char c : a) {
        if (isBlank(c)) continue;
        at = std::find_if_not(at, b.end(), isBlank);
        if (at == b.end() || *at++ != c) return false;
    }
    return std::all_of(at, b.end(), isBlank);
}

bool isSameFile(std::string_view a, std::string_view b) {
    const bool is_pem = a.find("-----BEGIN ") != std::string_view::npos;
    return is_pem ? isSameButForBlanks(a, b) : a == b;
}

bool haveOneSecret(const Credential& a, const Credential& b) {
    return isSameFile(a.content, b.content) && a.password == b.password && a.settings == b.settings;
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
        const StoredAuthorization shared = sharedAuthorization(credentials, credential);
        const std::optional<ReplacedUpload> replaced = credentials.findReplaced(slot);
        id = replaced ? replaced->id : credentials.insert(slot);
        const std::int64_t number = replaced ? replaced->upload + 1 : 1;
        const SealedRow row = sealedRow(id, slot, number);
        UploadRow upload = sealedUpload(row, number, credential);
        upload.authorization = sealedAuthorization(row, shared);
        upload.guards = renewedGuards(replaced, credential.uploaded_at);
        credentials.putUpload(id, upload);
    });
    const std::optional<Credential> stored = findCredential(id);
    if (!stored) throw StoreError("the credential was removed while it was stored");
    return *stored;
}

UploadRow CredentialsDesk::sealedUpload(const SealedRow& row, std::int64_t upload,
                                        const Credential& credential) {
    const auto sealed = [&](const char* place, const std::string& plain) {
        return database_.sealed(place, row, plain);
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

AuthorizationRow CredentialsDesk::sealedAuthorization(const SealedRow& row,
                                                      const StoredAuthorization& authorization) {
    AuthorizationRow sealed{authorization.name,
                            {},
                            authorization.renew_at,
                            authorization.expires_at,
                            authorization.not_renewed_before};
    if (!authorization.value.empty())
        sealed.value = database_.sealed(kCredentialAuthorizationPlace,
                                        authorizationRow(row, authorization.name),
                                        authorizationText(authorization));
    return sealed;
}

Credential CredentialsDesk::opened(const CredentialRow& row) {
    const SealedRow sealed_row = sealedRow(row.id, row.slot, row.upload.upload);
    const auto open = [&](const char* place, const std::string& sealed) {
        return database_.opened(place, sealed_row, sealed);
    };
    Credential c = recordOf(row);
    c.content = open(kCredentialContentPlace, row.upload.content);
    c.password = open(kCredentialPasswordPlace, row.upload.password);
    c.settings = parseSettings(open(kCredentialSettingsPlace, row.upload.settings));
    if (row.upload.authorization.value.empty()) return c;
    try {
        c.authorization = parseAuthorization(
            database_.opened(kCredentialAuthorizationPlace,
                             authorizationRow(sealed_row, row.upload.authorization.name),
                             row.upload.authorization.value));
    } catch (const UnopenedRow&) {
        c.authorization = {};  // the network gives another
    }
    return c;
}

std::optional<Credential> CredentialsDesk::openedIfWhole(const std::optional<CredentialRow>& row) {
    if (!row) return std::nullopt;
    try {
        return opened(*row);
    } catch (const UnopenedRow&) {
        return std::nullopt;  // its own app's trouble, and told to its admin
    }
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
    database_.keep("guard " + uploadName(credential, upload) + "/" + std::to_string(index),
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
                                        const StoredAuthorization& authorization,
                                        std::function<void()> durable) {
    const auto save = [=, this](WriteContext& context) {
        CredentialRows& credentials = context.tables.credentials();
        const auto row = credentials.find(credential);
        if (!row || row->upload.upload != upload) return;
        const SealedRow sealed_row = sealedRow(credential, row->slot, upload);
        credentials.putAuthorization(credential, sealedAuthorization(sealed_row, authorization));
        if (isShared(authorization)) share(credentials, *row, authorization);
    };
    database_.keep("authorization " + uploadName(credential, upload), save, durable);
}

template <class Wanted, class Visit>
void CredentialsDesk::eachWithSecret(const CredentialRows& rows, const Credential& credential,
                                     const Wanted& wanted, const Visit& visit) {
    for (const CredentialRow& listed : rows.list(0)) {
        const UploadRow& upload = listed.upload;
        const bool alike = listed.slot.provider == credential.provider &&
                           upload.kind == credential.kind && upload.subject == credential.subject;
        if (!alike || !wanted(listed)) continue;
        const std::optional<Credential> found = openedIfWhole(rows.find(listed.id));
        if (found && haveOneSecret(*found, credential)) visit(listed, *found);
    }
}

StoredAuthorization CredentialsDesk::sharedAuthorization(const CredentialRows& rows,
                                                         const Credential& upload) {
    StoredAuthorization newest;
    eachWithSecret(
        rows, upload,
        [&](const CredentialRow& row) {
            return row.upload.authorization.not_renewed_before > newest.not_renewed_before;
        },
        [&](const CredentialRow&, const Credential& found) {
            // Empty: the value does not open.
            if (!found.authorization.value.empty()) newest = found.authorization;
        });
    return newest;
}

void CredentialsDesk::share(CredentialRows& rows, const CredentialRow& row,
                            const StoredAuthorization& authorization) {
    // The last one is the newest, whatever its times say: they may be those of a clock that was
    // ahead, and the writer keeps the order.
    const auto isAnother = [&](const CredentialRow& other) {
        return other.upload.authorization.not_renewed_before != authorization.not_renewed_before;
    };
    // The first credential of a secret that gets an authorization gives it to all others.
    const std::optional<Credential> credential = openedIfWhole(row);
    if (!credential || !isAnother(row)) return;
    eachWithSecret(
        rows, *credential,
        [&](const CredentialRow& other) { return other.id != row.id && isAnother(other); },
        [&](const CredentialRow& other, const Credential&) {
            const SealedRow sealed_row = sealedRow(other.id, other.slot, other.upload.upload);
            rows.putAuthorization(other.id, sealedAuthorization(sealed_row, authorization));
        });
}

}  // namespace postbell::store
