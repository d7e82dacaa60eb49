// SPDX-License-Identifier: Apache-2.0
#include "admin/app_commands.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "admin/arguments.h"
#include "admin/operation.h"
#include "store/records/environment.h"
#include "util/crypto.h"
#include "web/fields.h"

namespace postbell::admin {
namespace {

using web::Problem;

/// Past on every clock: a clock that was ahead and is put right begins no overlap again.
constexpr util::WallTime kEndedForGood{};

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

/// Null: none does.
Json oldKeysRegisterUntil(store::Directory& directory, const store::App& app, util::WallTime now) {
    const util::WallTime until = directory.replacedKeysRegisterUntil(app.id);
    return web::timeOrNull(until > now ? until : util::WallTime());
}

/// Those that the app's devices are of; none where its provider has none.
Json environmentsOf(store::Directory& directory, const store::App& app) {
    Json names = Json::array();
    for (const store::Environment environment : directory.deviceEnvironments(app.id))
        if (environment != store::Environment::None)
            names.push_back(store::environmentName(environment));
    return names;
}

Json describe(store::Directory& directory, const store::App& app, util::WallTime now) {
    Json push_settings = Json::object();
    for (const auto& [name, value] : app.push_settings) push_settings[name] = value;
    return {{"app", app.name},
            {"tenant", app.tenant_name},
            {"platform", app.platform},
            {"style", styleName(app.style)},
            {"enabled", app.enabled},
            {"registrations", directory.countRegistrations(app.id)},
            {"environments", environmentsOf(directory, app)},
            {"old_keys_register_until", oldKeysRegisterUntil(directory, app, now)},
            {"push_settings", push_settings}};
}

/// Sets the setting to `value`; null takes it away.
void change(plugin::Settings& settings, const std::string& name, const Json& value) {
    const auto found = std::find_if(settings.begin(), settings.end(),
                                    [&](const auto& setting) { return setting.first == name; });
    if (value.is_null()) {
        if (found != settings.end()) settings.erase(found);
        return;
    }
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
        web::refuse(name.c_str(), "must be a text that is not empty, or null to take it away");
    if (found == settings.end())
        settings.emplace_back(name, value.get<std::string>());
    else
        found->second = value.get<std::string>();
}

void requireAccepted(const provider::Provider& provider, const plugin::Settings& settings) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : settings) bytes += name.size() + value.size();
    if (bytes > provider::kMaxAppSettingsBytes)
        throw Problem(400, "an app's settings have " +
                               std::to_string(provider::kMaxAppSettingsBytes) +
                               " bytes at most, names and values together");
    const auto problems = provider.plugin().descriptor().appSchema().problems(settings);
    if (!problems.empty())
        throw Problem(400, "provider \"" + provider.instance() + "\": " + problems.front());
}

void requireServed(const provider::ProviderHost& providers, const std::string& platform) {
    if (providers.forPlatform(platform) != nullptr) return;
    std::string known;
    for (const auto& provider : providers.all())
        for (const std::string& served : provider->platforms())
            known += (known.empty() ? "" : ", ") + served;
    throw Problem(400, "no enabled provider serves platform \"" + platform + "\"; served are: " +
                           (known.empty() ? "none (enable a provider in the config)" : known));
}

}  // namespace

AppCommands::AppCommands(store::Directory& directory, const provider::ProviderHost& providers,
                         const util::Clock& clock, std::function<void(store::Id)> removed)
    : directory_(directory), providers_(providers), clock_(clock), removed_(std::move(removed)) {}

void AppCommands::addTo(CommandTable& table) {
    table["app/add"] = {[this](const Json& a) { return add(a); },
                        Effect::Changes,
                        {"tenant", "app", "platform", "style"}};
    table["app/list"] = {[this](const Json& a) { return list(a); }, Effect::Reads, {"tenant"}};
    table["app/show"] = {
        [this](const Json& a) { return describe(directory_, appOf(directory_, a), clock_.wall()); },
        Effect::Reads,
        {"tenant", "app"}};
    table["app/set"] = {[this](const Json& a) { return set(a); },
                        Effect::Changes,
                        {"tenant", "app", "style", "push_settings"}};
    table["app/enable"] = {
        [this](const Json& a) { return setEnabled(a, true); }, Effect::Changes, {"tenant", "app"}};
    table["app/disable"] = {
        [this](const Json& a) { return setEnabled(a, false); }, Effect::Changes, {"tenant", "app"}};
    table["app/rotate-key"] = {[this](const Json& a) { return rotateKey(a); },
                               Effect::Changes,
                               {"tenant", "app", "overlap"}};
    table["app/end-overlap"] = {
        [this](const Json& a) { return endOverlap(a); }, Effect::Changes, {"tenant", "app"}};
    table["app/remove"] = {
        [this](const Json& a) { return remove(a); }, Effect::Changes, {"tenant", "app", "confirm"}};
}

Json AppCommands::add(const Json& arguments) {
    const store::Tenant tenant = tenantOf(directory_, arguments);
    store::App wanted;
    wanted.tenant = tenant.id;
    wanted.tenant_name = tenant.name;
    wanted.name = nameText(arguments, "app", 255);
    wanted.platform = text(arguments, "platform");
    wanted.style = parseStyle(web::anyText(arguments, "style").value_or("badge"));
    requireServed(providers_, wanted.platform);
    const std::string key = util::randomToken();
    const auto added = directory_.addApp(wanted, util::sha256(key));
    if (!added)
        throw Problem(409, "tenant " + tenant.name + " has an app \"" + wanted.name + "\" already");
    Json result = describe(directory_, *added, clock_.wall());
    result["enrolment_key"] = key;
    return result;
}

Json AppCommands::list(const Json& arguments) {
    const auto tenant = tenantIfNamed(directory_, arguments);
    Json apps = Json::array();
    for (const store::App& app : directory_.listApps(tenant ? tenant->id : 0))
        apps.push_back(describe(directory_, app, clock_.wall()));
    return {{"apps", apps}};
}

Json AppCommands::set(const Json& arguments) {
    store::App app = appOf(directory_, arguments);
    const Json* settings = web::find(arguments, "push_settings");
    const auto style = web::anyText(arguments, "style");
    if (!style && settings == nullptr)
        throw Problem(400, "\"style\" or \"push_settings\" is missing: there is nothing to set");
    if (style) app.style = parseStyle(*style);
    if (settings != nullptr) setPushSettings(app, *settings);
    if (style) directory_.setStyle(app.id, app.style);
    return describe(directory_, app, clock_.wall());
}

void AppCommands::setPushSettings(store::App& app, const Json& changes) {
    if (!changes.is_object() || changes.empty())
        throw Problem(400, "\"push_settings\" must be an object of settings");
    const provider::Provider* provider = providers_.forPlatform(app.platform);
    if (provider == nullptr)
        throw Problem(409, "no enabled provider serves platform \"" + app.platform +
                               "\": it has to say which settings there are");
    for (const auto& [name, value] : changes.items()) change(app.push_settings, name, value);
    requireAccepted(*provider, app.push_settings);
    directory_.setPushSettings(app.id, app.push_settings);
}

Json AppCommands::setEnabled(const Json& arguments, bool enabled) {
    store::App app = appOf(directory_, arguments);
    if (app.enabled != enabled) directory_.setAppEnabled(app.id, enabled, clock_.wall());
    app.enabled = enabled;
    return describe(directory_, app, clock_.wall());
}

Json AppCommands::rotateKey(const Json& arguments) {
    const store::App app = appOf(directory_, arguments);
    const util::Milliseconds overlap =
        optionalDuration(arguments, "overlap").value_or(util::Milliseconds::zero());
    const util::WallTime until = clock_.wall() + overlap;
    const std::string key = util::randomToken();
    directory_.setEnrolmentHash(app.id, util::sha256(key),
                                overlap > overlap.zero() ? until : kEndedForGood);
    return {{"app", app.name},
            {"enrolment_key", key},
            {"old_key_registers_until", web::timeOrNull(until)}};
}

Json AppCommands::endOverlap(const Json& arguments) {
    const store::App app = appOf(directory_, arguments);
    directory_.limitReplacedKeys(app.id, kEndedForGood);
    return describe(directory_, app, clock_.wall());
}

Work AppCommands::remove(const Json& arguments) {
    const store::App app = appOf(directory_, arguments);
    requireConfirmation(arguments, app.name);
    return [this, app](Operation& operation) -> Json {
        const std::int64_t registrations = directory_.countRegistrations(app.id);
        directory_.removeApp(app.id, [&](std::size_t removed) {
            operation.report({static_cast<std::int64_t>(removed), registrations});
            operation.requireGoingOn("app " + app.name + " has registrations left");
        });
        removed_(app.id);
        return {{"app", app.name},
                {"tenant", app.tenant_name},
                {"removed", {{"registrations", registrations}}}};
    };
}

}  // namespace postbell::admin
