// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "admin/command.h"
#include "plugin/plugin_info.h"
#include "store/desk/unopened.h"

namespace postbell::admin {

/// The calls about the gateway itself: `plugin list`, `backup`, and what `check` asks for.
/// Thread-safe.
class GatewayCommands {
  public:
    using ListPlugins = std::function<std::vector<plugin::PluginInfo>()>;
    /// Writes a copy of the database to a new file, or throws StoreError; breaks off when stopped.
    using Backup = std::function<void(const std::string& file, const std::stop_token& stop)>;
    using FindUnopened = std::function<store::Unopened(const store::Progress& progress)>;
    /// What only the running gateway knows; empty: none runs.
    using State = std::function<Json()>;
    GatewayCommands(ListPlugins list_plugins, Backup backup, FindUnopened find_unopened,
                    State state = {});
    void addTo(CommandTable& table);

  private:
    Json listPlugins();
    Work backup(const Json& arguments);
    Work sealedValues();
    Json state();

    const ListPlugins list_plugins_;
    const Backup backup_;
    const FindUnopened find_unopened_;
    const State state_;
};

}  // namespace postbell::admin
