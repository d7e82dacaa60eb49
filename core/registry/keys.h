// SPDX-License-Identifier: Apache-2.0
// The keyed forms in which the store keeps names of people and of their phones: a bare hash of
// an address could be guessed.
#pragma once
#include <string>
#include <string_view>

namespace postbell::registry {

/// The value that apps send as `account_hash` for an account of this name, as 64 hex digits: white
/// space (blank, tab, CR, LF) round the name is taken off, A to Z become lower case, every other
/// byte stays; then SHA-256.
std::string accountHash(std::string_view name);

/// `tenant_key`: the tenant's hash_key.
std::string accountKey(std::string_view tenant_key, std::string_view account_hash);
std::string deviceKey(std::string_view tenant_key, std::string_view device_hash);
std::string tokenKey(std::string_view tenant_key, std::string_view device_token);

}  // namespace postbell::registry
