// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>

namespace postbell::app {

/// `plugin validate`: tries the plugin that `arguments` name, each case in a process of its own.
/// `config_file` is read only for a named section. Gives {"ok", "checks"}, as `check` does.
nlohmann::json validatePlugin(const nlohmann::json& arguments, const std::string& config_file);

}  // namespace postbell::app
