// SPDX-License-Identifier: Apache-2.0
// What apps push with: uploads, and what is said of them.
#include <algorithm>

#include "admin/admin_service.h"
#include "admin/arguments.h"
#include "util/codec.h"
#include "util/rfc3339.h"

namespace postbell::admin {
namespace {

using api::Problem;
using nlohmann::json;

}  // namespace

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

}  // namespace postbell::admin
