// SPDX-License-Identifier: Apache-2.0
// The bodies that devices send, checked field by field. Every function throws a 400 Problem that
// names the field.
#pragma once
#include <nlohmann/json.hpp>

#include <optional>
#include <string>

#include "api/problem.h"
#include "store/records.h"

namespace postbell::api {

/// A body as a JSON object; 415 for another content type, 400 for what is no JSON object or is
/// nested deeper than 8.
nlohmann::json parseObject(const net::Request& request);

/// A text of 1 to `most` bytes without control characters; absent (or null) only if not `required`.
std::optional<std::string> textField(const nlohmann::json& body, const char* name, std::size_t most,
                                     bool required);
std::string requiredText(const nlohmann::json& body, const char* name, std::size_t most);

/// 64 hex digits, in lower case; a plain address gets a sentence saying why it is refused.
std::string hashField(const nlohmann::json& body, const char* name);

store::Environment environmentField(const nlohmann::json& body);
std::int64_t timeField(const nlohmann::json& body, const char* name);   ///< 0: absent
std::int32_t countField(const nlohmann::json& body, const char* name);  ///< kUnknownCount: absent

}  // namespace postbell::api
