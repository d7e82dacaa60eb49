// SPDX-License-Identifier: Apache-2.0
// JSON Schemas and JSON values in words.
#pragma once
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace postbell::plugin {

/// What `schema` accepts for the value at `pointer`: `"a" or "b"`, `a whole number from 1 to 8`,
/// with the schema's own description; empty if it cannot be said simply.
std::string acceptedAt(const nlohmann::json& schema, const nlohmann::json::json_pointer& pointer);

/// A value as it was found; without its text if the key's name says that it may be a secret.
std::string describe(std::string_view key, const nlohmann::json& value);

}  // namespace postbell::plugin
