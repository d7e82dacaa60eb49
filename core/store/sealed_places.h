// SPDX-License-Identifier: Apache-2.0
// Where sealed values stand: table and column. A value opens in its own place and row only, so a
// released name never changes.
#pragma once
#include <cstdint>
#include <string>

#include "store/basics.h"

namespace postbell::store {

constexpr const char* kMetaPlace = "meta.value";
constexpr const char* kHashKeyPlace = "tenant.hash_key";
constexpr const char* kCallbackSecretPlace = "tenant_callback.secret";
constexpr const char* kDeviceTokenPlace = "device.token";
constexpr const char* kMailboxPlace = "managed.mailbox";
constexpr const char* kMailboxSubscriptionPlace = "managed.subscription";
constexpr const char* kCredentialContentPlace = "credential.content";
constexpr const char* kCredentialPasswordPlace = "credential.password";
constexpr const char* kCredentialSettingsPlace = "credential.settings";
constexpr const char* kCredentialAuthorizationPlace = "credential.authorization";

/// A credential's sealed values are bound to its upload as well, so that an old one cannot be put
/// back in the new one's place.
inline std::string credentialRow(Id credential, std::int64_t upload) {
    return std::to_string(credential) + "/" + std::to_string(upload);
}

}  // namespace postbell::store
