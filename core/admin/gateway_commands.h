// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "admin/command.h"
#include "plugin/plugin_info.h"

namespace postbell::admin {

/// The calls about the gateway itself: `plugin list` and `backup`. Thread-safe.
class GatewayCommands {
  public:
    using ListPlugins = std::function<std::vector<plugin::PluginInfo>()>;
    /// Writes a copy of the database to a new file, or throws StoreError; breaks off when stopped.
    using Backup = std::function<void(const std::string& file, const std::stop_token& stop)>;
    GatewayCommands(ListPlugins list_plugins, Backup backup);
    void addTo(CommandTable& table);

  private:
    Json listPlugins();
    Work backup(const Json& arguments);

    const ListPlugins list_plugins_;
    const Backup backup_;
};

}  // namespace postbell::admin
