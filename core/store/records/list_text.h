// SPDX-License-Identifier: Apache-2.0
// Lists and records that a row holds as one text each: JSON, whatever the database. A stored text
// that is none of these throws StoreError.
#pragma once
#include <string>
#include <string_view>

#include "store/records/credential.h"

namespace postbell::store {

using Guards = decltype(Credential::guards);
using CredentialSettings = decltype(Credential::settings);

std::string guardsText(const Guards& guards);
Guards parseGuards(std::string_view text);

/// Bytes that are not UTF-8, as an odd certificate may have them, are replaced rather than refused.
std::string topicsText(const std::vector<std::string>& topics);
std::vector<std::string> parseTopics(std::string_view text);

std::string settingsText(const CredentialSettings& settings);
CredentialSettings parseSettings(std::string_view text);

std::string authorizationText(const StoredAuthorization& authorization);
StoredAuthorization parseAuthorization(std::string_view text);

}  // namespace postbell::store
