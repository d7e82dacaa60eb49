// SPDX-License-Identifier: Apache-2.0
#include "admin/tenant_commands.h"

#include <nlohmann/json.hpp>

#include "admin/arguments.h"
#include "admin/operation.h"
#include "web/problem.h"

namespace postbell::admin {

TenantCommands::TenantCommands(store::Directory& directory,
                               std::function<void(store::Id)> app_removed)
    : directory_(directory), app_removed_(std::move(app_removed)) {}

void TenantCommands::addTo(CommandTable& table) {
    table["tenant/add"] = {[this](const Json& a) { return add(a); }, Effect::Changes, {"tenant"}};
    table["tenant/list"] = {[this](const Json&) { return list(); }, Effect::Reads, {}};
    table["tenant/remove"] = {
        [this](const Json& a) { return remove(a); }, Effect::Changes, {"tenant", "confirm"}};
}

Json TenantCommands::add(const Json& arguments) {
    const std::string name = nameText(arguments, "tenant", 64);
    if (!directory_.addTenant(name))
        throw web::Problem(409, "there is a tenant \"" + name + "\" already");
    return {{"tenant", name}};
}

Json TenantCommands::list() {
    Json tenants = Json::array();
    for (const store::Tenant& tenant : directory_.listTenants())
        tenants.push_back(
            {{"tenant", tenant.name}, {"apps", directory_.listApps(tenant.id).size()}});
    return {{"tenants", tenants}};
}

Work TenantCommands::remove(const Json& arguments) {
    const store::Tenant tenant = tenantOf(directory_, arguments);
    requireConfirmation(arguments, tenant.name);
    return [this, name = tenant.name, id = tenant.id](Operation& operation) -> Json {
        const auto apps = directory_.listApps(id);
        std::int64_t registrations = 0;
        for (const store::App& app : apps) registrations += directory_.countRegistrations(app.id);
        directory_.removeTenant(name, [&](std::size_t removed) {
            operation.report({static_cast<std::int64_t>(removed), registrations});
            operation.requireGoingOn("tenant " + name + " has registrations left");
        });
        for (const store::App& app : apps) app_removed_(app.id);
        return {{"tenant", name},
                {"removed", {{"apps", apps.size()}, {"registrations", registrations}}}};
    };
}

}  // namespace postbell::admin
