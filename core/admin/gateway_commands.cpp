// SPDX-License-Identifier: Apache-2.0
#include "admin/gateway_commands.h"

#include <nlohmann/json.hpp>

#include "admin/arguments.h"
#include "admin/operation.h"
#include "web/fields.h"

namespace postbell::admin {

GatewayCommands::GatewayCommands(ListPlugins list_plugins, Backup backup,
                                 FindUnopened find_unopened, State state)
    : list_plugins_(std::move(list_plugins)),
      backup_(std::move(backup)),
      find_unopened_(std::move(find_unopened)),
      state_(std::move(state)) {}

void GatewayCommands::addTo(CommandTable& table) {
    table["plugin/list"] = {[this](const Json&) { return listPlugins(); }, Effect::Reads, {}};
    table["backup"] = {[this](const Json& a) { return backup(a); }, Effect::Changes, {"file"}};
    table["gateway/state"] = {[this](const Json&) { return state(); }, Effect::Reads, {}};
    table["store/sealed"] = {[this](const Json&) { return sealedValues(); }, Effect::Reads, {}};
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

Json GatewayCommands::state() {
    if (!state_) throw web::Problem(409, "no gateway runs");
    return state_();
}

Work GatewayCommands::sealedValues() {
    return [this](Operation& operation) -> Json {
        const store::Unopened found = find_unopened_([&](std::size_t done, std::size_t total) {
            operation.report({static_cast<std::int64_t>(done), static_cast<std::int64_t>(total)});
            operation.requireGoingOn("not all sealed values were looked at");
        });
        Json unopened = Json::array();
        for (const store::Unopened::Value& value : found.named)
            unopened.push_back({{"column", value.place}, {"row", value.row}});
        return {{"values", found.looked_at}, {"count", found.count}, {"unopened", unopened}};
    };
}

}  // namespace postbell::admin
