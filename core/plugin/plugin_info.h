// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace postbell::plugin {

/// A line of `plugin list`.
struct PluginInfo {
    std::string plugin;  ///< the value of a section's key `plugin`
    std::string file;
    std::string kind;  ///< "backend", "provider"; empty if refused
    std::string id, name, vendor, version;
    std::string contract;  ///< the version that the plugin was built for: "0.1"
    /// Why the plugin cannot be used; empty if it can, as far as its file shows.
    std::string refusal;
};

/// Every .so of the directory, by name. Loads nothing. Throws PluginError if the directory cannot
/// be read.
std::vector<PluginInfo> listPlugins(const std::filesystem::path& directory);

}  // namespace postbell::plugin
