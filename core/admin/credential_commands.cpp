// SPDX-License-Identifier: Apache-2.0
#include "admin/credential_commands.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "admin/arguments.h"
#include "util/codec.h"
#include "web/fields.h"

namespace postbell::admin {
namespace {

using web::Problem;

/// Empty where a provider takes credentials without a file and none is given.
std::string contentOf(const Json& arguments, const provider::Provider& provider) {
    const auto given = web::anyText(arguments, "content");
    if (!given && !provider.needsCredentialFile()) return {};
    if (!given)
        throw Problem(400, "provider \"" + provider.instance() +
                               "\" needs the credential's file: --file, or \"content\" with the "
                               "file in base64");
    // An empty file is the provider's to explain.
    auto content = util::base64Decode(*given);
    if (!content) throw Problem(400, "\"content\" must be the file in base64");
    return std::move(*content);
}

provider::CredentialUpload uploadOf(const Json& arguments, const store::App& app,
                                    const provider::Provider& provider) {
    provider::CredentialUpload upload;
    upload.content = contentOf(arguments, provider);
    upload.password = web::anyText(arguments, "password").value_or("");
    upload.app = app.name;
    if (const Json* settings = web::find(arguments, "settings")) {
        if (!settings->is_object()) throw Problem(400, "\"settings\" must be an object of texts");
        for (const auto& [name, value] : settings->items())
            upload.settings.emplace_back(name, text(*settings, name.c_str()));
    }
    return upload;
}

}  // namespace

void CredentialCommands::addTo(CommandTable& table) {
    table["credential/add"] = {[this](const Json& a) { return add(a); }, true};
    table["credential/list"] = {[this](const Json& a) { return list(a); }, false};
    table["credential/show"] = {[this](const Json& a) {
                                    return Json{{"credential", describe(credentialOf(a))}};
                                },
                                false};
    table["credential/remove"] = {[this](const Json& a) { return remove(a); }, true};
}

const provider::Provider& CredentialCommands::providerOf(const store::App& app,
                                                         const std::string& instance) const {
    const provider::Provider* provider = parts_.providers.find(instance);
    if (provider == nullptr)
        throw Problem(400, "provider \"" + instance + "\" is not enabled in the config");
    if (parts_.providers.forPlatform(app.platform) != provider)
        throw Problem(400, "app " + app.name + " is for platform " + app.platform +
                               ", which provider \"" + instance + "\" does not serve");
    return *provider;
}

Json CredentialCommands::add(const Json& arguments) {
    const store::App app = appOf(parts_.directory, arguments);
    const std::string instance = text(arguments, "provider");
    const provider::Provider& provider = providerOf(app, instance);
    const provider::CredentialUpload upload = uploadOf(arguments, app, provider);
    const util::WallTime now = parts_.clock.wall();
    const provider::CredentialReport report = provider.inspect(upload, now);
    if (!report.problem.empty()) throw Problem(422, report.problem);

    store::Credential wanted;
    wanted.app = app.id;
    wanted.provider = instance;
    wanted.production = report.production;
    wanted.sandbox = report.sandbox;
    wanted.content = upload.content;
    wanted.password = upload.password;
    wanted.settings = upload.settings;
    wanted.kind = report.kind;
    wanted.subject = report.subject;
    wanted.topics = report.topics;
    wanted.valid_from = report.valid_from;
    wanted.expires_at = report.expires_at;
    wanted.uploaded_at = now;
    const auto before = parts_.credentials.listCredentials(app.id);
    const store::Credential stored = parts_.credentials.putCredential(wanted);
    parts_.changed(app.id);
    Json answer{{"credential", describe(stored)}, {"replaced", nullptr}};
    for (const store::Credential& old : before)
        if (old.id == stored.id)
            answer["replaced"] = {{"kind", old.kind},
                                  {"subject", old.subject},
                                  {"expires_at", web::timeOrNull(old.expires_at)}};
    return answer;
}

Json CredentialCommands::list(const Json& arguments) {
    const auto app = appIfNamed(parts_.directory, arguments);
    const auto tenant = tenantIfNamed(parts_.directory, arguments);
    const Json* with_origins = web::find(arguments, "origins");
    Json credentials = Json::array();
    for (const store::Credential& c : parts_.credentials.listCredentials(app ? app->id : 0)) {
        const auto owner = tenant ? parts_.directory.findApp(c.app) : std::nullopt;
        if (tenant && (!owner || owner->tenant != tenant->id)) continue;
        credentials.push_back(describe(c));
        if (with_origins != nullptr && *with_origins == true)
            credentials.back()["origins"] = origins(c);
    }
    return {{"credentials", credentials}};
}

Json CredentialCommands::remove(const Json& arguments) {
    const store::Credential wanted = credentialOf(arguments);
    parts_.credentials.removeCredential(wanted.id);
    parts_.changed(wanted.app);
    return {{"credential", std::to_string(wanted.id)}};
}

store::Credential CredentialCommands::credentialOf(const Json& arguments) const {
    if (!web::anyText(arguments, "credential")) return credentialOfApp(arguments);
    const std::string id = text(arguments, "credential");
    std::optional<store::Credential> found;
    if (id.size() < 18 && id.find_first_not_of("0123456789") == std::string::npos)
        found = parts_.credentials.findCredential(std::stoll(id));
    if (!found)
        throw Problem(
            404, "there is no credential \"" + id + "\": `postbell credential list` names them");
    return std::move(*found);
}

store::Credential CredentialCommands::credentialOfApp(const Json& arguments) const {
    if (!web::anyText(arguments, "tenant") && !web::anyText(arguments, "app"))
        throw Problem(400,
                      "name the credential by its number, from `postbell credential list`, or its "
                      "app by --tenant and --app");
    const store::App app = appOf(parts_.directory, arguments);
    const auto provider = web::anyText(arguments, "provider");
    auto all = parts_.credentials.listCredentials(app.id);
    if (provider)
        std::erase_if(all, [&](const store::Credential& c) { return c.provider != *provider; });
    if (all.empty()) throw Problem(404, "app " + app.name + " has no such credential");
    if (all.size() > 1)
        throw Problem(409, "app " + app.name + " has " + std::to_string(all.size()) +
                               " credentials: name one by its number, from `postbell credential "
                               "list`");
    return std::move(all.front());
}

Json CredentialCommands::describe(const store::Credential& c) const {
    Json environments = Json::array();
    if (c.production) environments.push_back("production");
    if (c.sandbox) environments.push_back("sandbox");
    Json described = {{"credential", std::to_string(c.id)},
                      {"provider", c.provider},
                      {"kind", c.kind},
                      {"subject", c.subject},
                      {"topics", c.topics},
                      {"environments", environments},
                      {"expires_at", web::timeOrNull(c.expires_at)},
                      {"uploaded_at", web::timeOrNull(c.uploaded_at)},
                      {"paused", nullptr},
                      {"alarm", nullptr}};
    if (const auto owner = parts_.directory.findApp(c.app)) {
        described["app"] = owner->name;
        described["tenant"] = owner->tenant_name;
    }
    for (const store::GuardState& guard : c.guards) {
        if (guard.isDoubtful()) described["alarm"] = store::kDoubtfulCredential;
        if (!guard.authorization_refused.empty())
            described["alarm"] = "the push network refuses the credential's authorization (" +
                                 guard.authorization_refused +
                                 "), and its pushes wait for another authorization: is this "
                                 "machine's clock right?";
        if (util::isSet(guard.paused_at))
            described["paused"] = {{"since", web::timeOrNull(guard.paused_at)},
                                   {"reason", guard.paused_reason},
                                   {"next_probe_at", web::timeOrNull(guard.probe_at)}};
    }
    return described;
}

Json CredentialCommands::origins(const store::Credential& c) const {
    const auto used = parts_.directory.deviceEnvironments(c.app);
    const auto needed = [&](store::Environment environment) {
        if (!used.empty()) return std::find(used.begin(), used.end(), environment) != used.end();
        // Before the first device: the sandbox is for development builds alone.
        return environment != store::Environment::Sandbox || !c.production;
    };
    Json described = Json::array();
    for (const auto& [environment, origin] : parts_.origins(c))
        described.push_back({{"origin", origin}, {"needed", needed(environment)}});
    return described;
}

}  // namespace postbell::admin
