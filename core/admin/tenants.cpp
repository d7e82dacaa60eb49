// SPDX-License-Identifier: Apache-2.0
// Tenants and their apps.
#include "admin/admin_service.h"
#include "admin/arguments.h"
#include "util/crypto.h"

namespace postbell::admin {
namespace {

using api::Problem;
using nlohmann::json;

std::string styleName(store::Style style) {
    switch (style) {
        case store::Style::Badge:
            return "badge";
        case store::Style::BadgeSync:
            return "badge+sync";
        case store::Style::Alert:
            return "alert";
    }
    return "badge";
}

store::Style parseStyle(const std::string& text) {
    for (const auto style : {store::Style::Badge, store::Style::BadgeSync, store::Style::Alert})
        if (styleName(style) == text) return style;
    throw Problem(400,
                  "style \"" + text + "\" is not known: badge, badge+sync or alert is accepted");
}

json describe(const store::App& app) {
    return {{"app", app.name},
            {"tenant", app.tenant_name},
            {"platform", app.platform},
            {"style", styleName(app.style)},
            {"enabled", app.enabled}};
}

}  // namespace

json AdminService::tenantAdd(const json& arguments) {
    const std::string name = nameText(arguments, "tenant", 64);
    if (!parts_.store.addTenant(name))
        throw Problem(409, "there is a tenant \"" + name + "\" already");
    return {{"tenant", name}};
}

json AdminService::tenantList(const json&) {
    json tenants = json::array();
    for (const store::Tenant& t : parts_.store.listTenants())
        tenants.push_back({{"tenant", t.name}, {"apps", parts_.store.listApps(t.id).size()}});
    return {{"tenants", tenants}};
}

json AdminService::tenantRemove(const json& arguments) {
    const store::Tenant owner = tenant(arguments);
    const auto apps = parts_.store.listApps(owner.id);
    parts_.store.removeTenant(owner.name);
    for (const store::App& a : apps) parts_.dispatcher.credentialChanged(a.id);
    return {{"tenant", owner.name}};
}

json AdminService::appAdd(const json& arguments) {
    const store::Tenant owner = tenant(arguments);
    store::App wanted;
    wanted.tenant = owner.id;
    wanted.tenant_name = owner.name;
    wanted.name = nameText(arguments, "app", 255);
    wanted.platform = text(arguments, "platform");
    wanted.style = parseStyle(optionalText(arguments, "style").value_or("badge"));
    if (parts_.providers.forPlatform(wanted.platform) == nullptr) {
        std::string known;
        for (const auto& provider : parts_.providers.all())
            for (const std::string& platform : provider->platforms())
                known += (known.empty() ? "" : ", ") + platform;
        throw Problem(400, "no enabled provider serves platform \"" + wanted.platform +
                               "\"; served are: " +
                               (known.empty() ? "none (enable a provider in the config)" : known));
    }
    const std::string key = util::randomToken();
    const auto added = parts_.store.addApp(wanted, util::sha256(key));
    if (!added)
        throw Problem(409, "tenant " + owner.name + " has an app \"" + wanted.name + "\" already");
    json result = admin::describe(*added);
    result["enrolment_key"] = key;
    return result;
}

json AdminService::appList(const json& arguments) {
    const bool one = optionalText(arguments, "tenant").has_value();
    json apps = json::array();
    for (const store::App& a : parts_.store.listApps(one ? tenant(arguments).id : 0))
        apps.push_back(admin::describe(a));
    return {{"apps", apps}};
}

void AdminService::setEnabled(const store::App& wanted, bool enabled) {
    if (wanted.enabled != enabled)
        parts_.store.setAppEnabled(wanted.id, enabled, parts_.clock.wallMs());
}

json AdminService::appEnable(const json& arguments) {
    store::App wanted = app(arguments);
    setEnabled(wanted, true);
    wanted.enabled = true;
    return admin::describe(wanted);
}

json AdminService::appDisable(const json& arguments) {
    store::App wanted = app(arguments);
    setEnabled(wanted, false);
    wanted.enabled = false;
    return admin::describe(wanted);
}

json AdminService::appRotateKey(const json& arguments) {
    const store::App wanted = app(arguments);
    const std::string key = util::randomToken();
    parts_.store.setEnrolmentHash(wanted.id, util::sha256(key));
    return {{"app", wanted.name}, {"enrolment_key", key}};
}

}  // namespace postbell::admin
