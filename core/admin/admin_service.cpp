// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_service.h"

#include <algorithm>

#include "admin/arguments.h"
#include "util/codec.h"
#include "util/crypto.h"
#include "util/rfc3339.h"

namespace postbell::admin {
namespace {

using api::Problem;
using nlohmann::json;

constexpr std::size_t kMostListed = 1000;

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

// --- whom a call is about

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
    parts_.seen.bringUpToDate(*found);
    return *found;
}

// --- tenants and apps

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

// --- credentials

json AdminService::describe(const store::Credential& c) const {
    json environments = json::array();
    if (c.production) environments.push_back("production");
    if (c.sandbox) environments.push_back("sandbox");
    json described = {
        {"credential", std::to_string(c.id)},
        {"provider", c.provider},
        {"kind", c.kind},
        {"subject", c.subject},
        {"topics", c.topics},
        {"environments", environments},
        {"expires_at", c.expires_ms == 0 ? json(nullptr) : json(util::formatRfc3339(c.expires_ms))},
        {"uploaded_at", util::formatRfc3339(c.uploaded_at)},
        {"paused", nullptr}};
    if (const auto owner = parts_.store.findApp(c.app)) {
        described["app"] = owner->name;
        described["tenant"] = owner->tenant_name;
    }
    for (const store::GuardState& guard : c.guards)
        if (guard.paused_at != 0)
            described["paused"] = {{"since", util::formatRfc3339(guard.paused_at)},
                                   {"reason", guard.paused_reason},
                                   {"next_probe_at", util::formatRfc3339(guard.probe_at)}};
    return described;
}

json AdminService::origins(const store::Credential& c) const {
    const auto used = parts_.store.deviceEnvironments(c.app);
    const auto needed = [&](store::Environment environment) {
        if (!used.empty()) return std::find(used.begin(), used.end(), environment) != used.end();
        // Before the first device: the sandbox is for development builds alone.
        return environment != store::Environment::Sandbox || !c.production;
    };
    json described = json::array();
    for (const auto& [environment, origin] : parts_.dispatcher.origins(c))
        described.push_back({{"origin", origin}, {"needed", needed(environment)}});
    return described;
}

json AdminService::credentialAdd(const json& arguments) {
    const store::App owner = app(arguments);
    const std::string instance = text(arguments, "provider");
    const provider::Provider* provider = parts_.providers.find(instance);
    if (provider == nullptr)
        throw Problem(400, "provider \"" + instance + "\" is not enabled in the config");
    if (parts_.providers.forPlatform(owner.platform) != provider)
        throw Problem(400, "app " + owner.name + " is for platform " + owner.platform +
                               ", which provider \"" + instance + "\" does not serve");
    provider::CredentialUpload upload;
    // An empty file is the provider's to explain.
    const auto given = optionalText(arguments, "content");
    const auto content = given ? util::base64Decode(*given) : std::nullopt;
    if (!content) throw Problem(400, "\"content\" must be the file in base64");
    upload.content = *content;
    upload.password = optionalText(arguments, "password").value_or("");
    upload.app = owner.name;
    if (const auto settings = arguments.find("settings"); settings != arguments.end()) {
        if (!settings->is_object()) throw Problem(400, "\"settings\" must be an object of texts");
        for (const auto& [name, value] : settings->items())
            upload.settings.emplace_back(name, text(*settings, name.c_str()));
    }
    const std::int64_t now = parts_.clock.wallMs();
    const provider::CredentialReport report = provider->inspect(upload, now);
    if (!report.problem.empty()) throw Problem(422, report.problem);

    store::Credential wanted;
    wanted.app = owner.id;
    wanted.provider = instance;
    wanted.production = report.production;
    wanted.sandbox = report.sandbox;
    wanted.content = upload.content;
    wanted.password = upload.password;
    wanted.settings = upload.settings;
    wanted.kind = report.kind;
    wanted.subject = report.subject;
    wanted.topics = report.topics;
    wanted.valid_from_ms = report.valid_from_ms;
    wanted.expires_ms = report.expires_ms;
    wanted.uploaded_at = now;
    const store::Credential stored = parts_.store.putCredential(wanted);
    parts_.dispatcher.credentialChanged(owner.id);
    return {{"credential", describe(stored)}};
}

json AdminService::credentialList(const json& arguments) {
    json credentials = json::array();
    const auto all = optionalText(arguments, "app")
                         ? parts_.store.listCredentials(app(arguments).id)
                         : parts_.store.listCredentials();
    std::optional<store::Id> of_tenant;
    if (optionalText(arguments, "tenant")) of_tenant = tenant(arguments).id;
    const auto with_origins = arguments.find("origins");
    for (const store::Credential& c : all) {
        const auto owner = of_tenant ? parts_.store.findApp(c.app) : std::nullopt;
        if (of_tenant && (!owner || owner->tenant != *of_tenant)) continue;
        credentials.push_back(describe(c));
        if (with_origins != arguments.end() && *with_origins == true)
            credentials.back()["origins"] = origins(c);
    }
    return {{"credentials", credentials}};
}

json AdminService::credentialShow(const json& arguments) {
    return {{"credential", describe(credential(arguments))}};
}

json AdminService::credentialRemove(const json& arguments) {
    const store::Credential wanted = credential(arguments);
    parts_.store.removeCredential(wanted.id);
    parts_.dispatcher.credentialChanged(wanted.app);
    return {{"credential", std::to_string(wanted.id)}};
}

// --- registrations and pushes

json AdminService::describe(const store::Registration& r) const {
    json described =
        json::parse(api::stateJson(r, parts_.backends.lifeClock(r.subscription.instance)));
    const auto time = [](std::int64_t ms) {
        return ms == 0 ? json(nullptr) : json(util::formatRfc3339(ms));
    };
    described["tenant"] = r.tenant_name;
    described["app"] = r.app_name;
    described["platform"] = r.platform;
    described["environment"] = r.environment == store::Environment::None      ? json(nullptr)
                               : r.environment == store::Environment::Sandbox ? json("sandbox")
                                                                              : json("production");
    const std::string& backend = r.managed.id != 0 ? r.managed.instance : r.subscription.instance;
    described["backend"] = backend.empty() ? json(nullptr) : json(backend);
    described["managed"] = nullptr;
    if (r.managed.id != 0)
        described["managed"] = {
            {"mailbox", r.managed.id},
            {"subscribed", r.managed.subscribed},
            {"expires_at", time(r.managed.expires_at)},
            {"next_look_at", time(r.managed.due_at)},
            {"failing_since", time(r.managed.failed_at)},
            {"problem", r.managed.problem.empty() ? json(nullptr) : json(r.managed.problem)}};
    described["os_version"] = r.os_version;
    described["app_version"] = r.app_version;
    described["accounts_on_device"] = r.accounts;
    described["created_at"] = time(r.created_at);
    described["reported_at"] = time(r.subscription.reported_at);
    described["expires_at"] = time(r.subscription.expires_at);
    described["last_heard_at"] = time(r.seen.heard_at);
    described["last_device_call_at"] = time(r.seen.device_at);
    return described;
}

json AdminService::registrationList(const json& arguments) {
    const bool one_tenant = optionalText(arguments, "tenant").has_value();
    const bool one_app = optionalText(arguments, "app").has_value();
    const store::Id owner = one_tenant ? tenant(arguments).id : 0;
    const store::Id of_app = one_app ? app(arguments).id : 0;
    json registrations = json::array();
    const std::int64_t after = number(arguments, "after", 0);
    auto found = parts_.store.listRegistrations(after, kMostListed, owner, of_app);
    for (store::Registration& r : found) {
        parts_.seen.bringUpToDate(r);
        registrations.push_back(describe(r));
    }
    json result = {{"registrations", registrations}};
    if (found.size() == kMostListed) result["next_after"] = found.back().id;
    return result;
}

json AdminService::registrationShow(const json& arguments) {
    return {{"registration", describe(registration(arguments))}};
}

json AdminService::registrationRemove(const json& arguments) {
    const store::Registration wanted = registration(arguments);
    parts_.seen.forget(wanted.id);
    parts_.store.removeRegistration(wanted.public_id);
    return {{"registration", wanted.public_id}};
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
