// SPDX-License-Identifier: Apache-2.0
// A plugin's own keys against the JSON Schema (draft 7) that it brings.
#pragma once
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/plugin_section.h"
#include "config/problem.h"

namespace postbell::plugin {

/// Throws std::exception with a clause if the text is not JSON, or no JSON Schema of an object that
/// can be used here: nested at most 32 levels, without references to other documents.
nlohmann::json parseSchema(std::string_view text);

/// All parts of the section that `schema` (from parseSchema) does not accept, with their places.
std::vector<config::Problem> checkSection(const nlohmann::json& schema,
                                          const config::PluginSection& section);

}  // namespace postbell::plugin
