// SPDX-License-Identifier: Apache-2.0
// The members of devices' bodies that only this API knows. Every function throws a 400
// Problem that names the member.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>

#include "provider/provider.h"
#include "store/records/records.h"

namespace postbell::api {

constexpr std::size_t kMaxTokenBytes = 4096;
constexpr std::size_t kMaxIdBytes = 4096;
constexpr std::size_t kMaxVersionBytes = 64;
constexpr std::size_t kMaxInstanceBytes = 64;

/// 64 hex digits, in lower case. A plain address is refused with a sentence that says why.
std::string hashField(const nlohmann::json& body, const char* name);
store::Environment environmentField(const nlohmann::json& body);
std::int32_t countField(const nlohmann::json& body, const char* name);  ///< kUnknownCount: absent

/// The provider of the platform; 503 if none is enabled.
const provider::Provider& providerOf(const provider::ProviderHost& providers,
                                     const std::string& platform);
/// By which a phone knows its own device token, in the form that the app can make itself: SHA-256
/// of the normal form, in hex.
std::string tokenHash(const std::string& token);
/// A device token in its normal form, with the origin and the end that the token names.
provider::TokenCheck checkedToken(const provider::Provider& provider, const std::string& token);

}  // namespace postbell::api
