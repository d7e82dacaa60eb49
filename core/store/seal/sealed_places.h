// SPDX-License-Identifier: Apache-2.0
// Where sealed values stand: table and column, row, and the neighbours that give a value its
// meaning. A value opens in its own place only, so that a released name or order never changes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "store/records/basics.h"

namespace postbell::store {

constexpr const char* kMetaPlace = "meta.value";
/// For messages: the gateway's key under which mailboxes are looked up, of row 0.
constexpr const char* kMailboxKeyName = "meta.mailbox_key";
constexpr const char* kHashKeyPlace = "tenant.hash_key";
constexpr const char* kCallbackSecretPlace = "tenant_callback.secret";
constexpr const char* kDeviceTokenPlace = "device.token";
constexpr const char* kMailboxPlace = "managed.mailbox";
constexpr const char* kMailboxSubscriptionPlace = "managed.subscription";
constexpr const char* kCredentialContentPlace = "credential.content";
constexpr const char* kCredentialPasswordPlace = "credential.password";
constexpr const char* kCredentialSettingsPlace = "credential.settings";
constexpr const char* kCredentialAuthorizationPlace = "credential.authorization";

/// A row with sealed values. Whoever can write the database, but has not the master key, may copy
/// values and exchange neighbours: neither opens.
struct SealedRow {
    Id id = 0;
    std::string bound;  ///< the id and the neighbours, as the values are bound to them
};

/// Of the token, all that says whose it is and where it is sent to.
struct DeviceNeighbours {
    Id app = 0;
    std::string_view token_key;
    Environment environment = Environment::None;
    std::string_view device_key;
    std::string_view origin;
};
/// An upload's number keeps an old upload's values from being put back.
struct CredentialNeighbours {
    std::int64_t upload = 0;
    Id app = 0;
    std::string_view provider;
    bool production = false, sandbox = false;
};

SealedRow tenantRow(Id tenant, std::string_view name);
SealedRow callbackRow(Id callback, Id tenant, std::string_view instance,
                      std::string_view token_hash);
SealedRow deviceRow(Id device, const DeviceNeighbours& neighbours);
SealedRow mailboxRow(Id mailbox, std::string_view instance, std::string_view key);
SealedRow credentialRow(Id credential, const CredentialNeighbours& neighbours);
/// Of a credential's row, with the header that presents the authorization.
SealedRow authorizationRow(SealedRow credential, std::string_view header);

}  // namespace postbell::store
