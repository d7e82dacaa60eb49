// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace postbell::plugin {

/// A line of `plugin list`.
struct PluginInfo {
    std::string plugin;  ///< as a section's key `plugin` names it
    std::string file;
    std::string kind;  ///< "backend", "provider"; empty if refused
    std::string id, name, vendor, version;
    std::string contract;  ///< the contract's version that it was built for: "0.1"
    std::string refusal;  ///< why it cannot be used; empty if it can, as far as can be told without
                          ///< loading it
};

/// Every .so of the directory, by name. Loads nothing. Throws PluginError if the directory cannot
/// be read.
std::vector<PluginInfo> listPlugins(const std::filesystem::path& directory);

}  // namespace postbell::plugin
