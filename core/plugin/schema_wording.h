// SPDX-License-Identifier: Apache-2.0
// JSON Schemas and JSON values in words.
#pragma once
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace postbell::plugin {

/// The values that the schema `document` accepts at `pointer`: `"a" or "b"`, `a whole number from 1
/// to 8`, with the schema's own description; empty if no simple words fit.
std::string acceptedAt(const nlohmann::json& document, const nlohmann::json::json_pointer& pointer);

/// A value that was found; without its text if the key's name hints at a secret.
std::string describe(std::string_view key, const nlohmann::json& value);

}  // namespace postbell::plugin
