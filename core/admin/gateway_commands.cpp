// SPDX-License-Identifier: Apache-2.0
#include "admin/gateway_commands.h"

#include <nlohmann/json.hpp>

#include "admin/arguments.h"
#include "admin/operation.h"
#include "web/fields.h"

namespace postbell::admin {

GatewayCommands::GatewayCommands(ListPlugins list_plugins, Backup backup)
    : list_plugins_(std::move(list_plugins)), backup_(std::move(backup)) {}

void GatewayCommands::addTo(CommandTable& table) {
    table["plugin/list"] = {[this](const Json&) { return listPlugins(); }, false};
    table["backup"] = {[this](const Json& a) { return backup(a); }, true};
}

Json GatewayCommands::listPlugins() {
    Json plugins = Json::array();
    for (const plugin::PluginInfo& p : list_plugins_())
        plugins.push_back({{"plugin", p.plugin},
                           {"file", p.file},
                           {"kind", p.kind},
                           {"id", p.id},
                           {"name", p.name},
                           {"version", p.version},
                           {"contract", p.contract},
                           {"refusal", web::textOrNull(p.refusal)}});
    return {{"plugins", plugins}};
}

Work GatewayCommands::backup(const Json& arguments) {
    const std::string file = text(arguments, "file");
    if (file.front() != '/') web::refuse("file", "must be an absolute path");
    return [this, file](Operation& operation) -> Json {
        try {
            backup_(file, operation.stop());
        } catch (const store::StoreError& e) {
            operation.requireGoingOn(file + " was not written");
            throw web::Problem(500, e.what());  // of the copy: the store itself is well
        }
        return {{"file", file}};
    };
}

}  // namespace postbell::admin
