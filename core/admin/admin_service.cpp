// SPDX-License-Identifier: Apache-2.0
// What all calls have in common, and the calls about the gateway itself. Those about tenants,
// credentials, registrations and pushes have files of their own.
#include "admin/admin_service.h"

#include <algorithm>

#include "admin/arguments.h"

namespace postbell::admin {
namespace {

using api::Problem;
using nlohmann::json;

}  // namespace

AdminService::AdminService(Parts parts) : parts_(std::move(parts)) {}

const std::map<std::string, AdminService::Command>& AdminService::commands() {
    static const std::map<std::string, Command> all{
        {"tenant/add", {&AdminService::tenantAdd, true}},
        {"tenant/list", {&AdminService::tenantList, false}},
        {"tenant/remove", {&AdminService::tenantRemove, true}},
        {"app/add", {&AdminService::appAdd, true}},
        {"app/list", {&AdminService::appList, false}},
        {"app/enable", {&AdminService::appEnable, true}},
        {"app/disable", {&AdminService::appDisable, true}},
        {"app/rotate-key", {&AdminService::appRotateKey, true}},
        {"credential/add", {&AdminService::credentialAdd, true}},
        {"credential/list", {&AdminService::credentialList, false}},
        {"credential/show", {&AdminService::credentialShow, false}},
        {"credential/remove", {&AdminService::credentialRemove, true}},
        {"registration/list", {&AdminService::registrationList, false}},
        {"registration/show", {&AdminService::registrationShow, false}},
        {"registration/remove", {&AdminService::registrationRemove, true}},
        {"push/test", {&AdminService::pushTest, true}},
        {"plugin/list", {&AdminService::pluginList, false}},
        {"backup", {&AdminService::backup, true}},
    };
    return all;
}

json AdminService::call(const std::string& name, const json& arguments, const std::string& who) {
    const auto command = commands().find(name);
    if (command == commands().end()) throw Problem(404, "there is no command \"" + name + "\"");
    json result = (this->*command->second.run)(arguments);
    if (command->second.changes) {
        std::string what = name;
        for (const char* key : {"tenant", "app", "provider", "registration", "credential"})
            if (const auto value = optionalText(arguments, key))
                what += " " + std::string(key) + "=" + *value;
        parts_.store.audit(who, what, parts_.clock.wallMs());
    }
    return result;
}

store::Tenant AdminService::tenant(const json& arguments) {
    const std::string name = text(arguments, "tenant");
    auto found = parts_.store.findTenant(name);
    if (!found)
        throw Problem(404,
                      "there is no tenant \"" + name + "\": `postbell tenant add " + name + "`");
    return *found;
}

store::App AdminService::app(const json& arguments) {
    const store::Tenant owner = tenant(arguments);
    const std::string name = text(arguments, "app");
    auto found = parts_.store.findApp(owner.id, name);
    if (!found) throw Problem(404, "tenant " + owner.name + " has no app \"" + name + "\"");
    return *found;
}

store::Credential AdminService::credential(const json& arguments) {
    if (!optionalText(arguments, "credential")) {
        if (!optionalText(arguments, "tenant") && !optionalText(arguments, "app"))
            throw Problem(400,
                          "name the credential by its number, from `postbell credential list`, or "
                          "its app by --tenant and --app");
        const store::App owner = app(arguments);
        const auto provider = optionalText(arguments, "provider");
        auto all = parts_.store.listCredentials(owner.id);
        if (provider)
            std::erase_if(all, [&](const store::Credential& c) { return c.provider != *provider; });
        if (all.empty()) throw Problem(404, "app " + owner.name + " has no such credential");
        if (all.size() > 1)
            throw Problem(
                409, "app " + owner.name + " has " + std::to_string(all.size()) +
                         " credentials: name one by its number, from `postbell credential list`");
        return all.front();
    }
    const std::string id = text(arguments, "credential");
    std::optional<store::Credential> found;
    if (id.size() < 18 && id.find_first_not_of("0123456789") == std::string::npos)
        found = parts_.store.findCredential(std::stoll(id));
    if (!found)
        throw Problem(
            404, "there is no credential \"" + id + "\": `postbell credential list` names them");
    return *found;
}

store::Registration AdminService::registration(const json& arguments) {
    const std::string id = text(arguments, "registration");
    auto found = parts_.store.findRegistration(id);
    if (!found) throw Problem(404, "there is no registration \"" + id + "\"");
    return *found;
}

json AdminService::pluginList(const json&) {
    json plugins = json::array();
    for (const plugin::PluginInfo& p : parts_.plugins())
        plugins.push_back({{"plugin", p.plugin},
                           {"file", p.file},
                           {"kind", p.kind},
                           {"id", p.id},
                           {"name", p.name},
                           {"version", p.version},
                           {"contract", p.contract},
                           {"refusal", p.refusal.empty() ? json(nullptr) : json(p.refusal)}});
    return {{"plugins", plugins}};
}

json AdminService::backup(const json& arguments) {
    const std::string file = text(arguments, "file");
    const bool plain =
        std::none_of(file.begin(), file.end(), [](unsigned char c) { return c < ' '; });
    if (file.front() != '/' || !plain) throw Problem(400, "\"file\" must be an absolute path");
    try {
        parts_.store.backup(file);
    } catch (const store::StoreError& e) {
        throw Problem(500, e.what());  // of the copy: the store itself is well
    }
    return {{"file", file}};
}

}  // namespace postbell::admin
