// SPDX-License-Identifier: Apache-2.0
#include "admin/credential_commands.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

#include "admin/arguments.h"
#include "provider/credential_session.h"
#include "store/records/environment.h"
#include "store/records/store_error.h"
#include "util/codec.h"
#include "util/p256_key.h"
#include "web/fields.h"

namespace postbell::admin {
namespace {

using web::Problem;

bool asksForNewKey(const Json& arguments) {
    const Json* generate = web::find(arguments, "generate");
    if (generate == nullptr) return false;
    if (!generate->is_boolean()) throw Problem(400, "\"generate\" must be true or false");
    return generate->get<bool>();
}

/// Empty where a provider takes credentials without a file and none is given.
std::string contentOf(const Json& arguments, const provider::Provider& provider) {
    const auto given = web::anyText(arguments, "content");
    if (!given && !provider.needsCredentialFile()) return {};
    if (!given)
        throw Problem(400,
                      "provider \"" + provider.instance() +
                          "\" needs the credential's file: --file, or \"content\" with the "
                          "file in base64" +
                          (provider.takesNewP256Key() ? "; or --generate, for a new key" : ""));
    // An empty file is the provider's to explain.
    auto content = util::base64Decode(*given);
    if (!content) throw Problem(400, "\"content\" must be the file in base64");
    return std::move(*content);
}

provider::CredentialUpload uploadOf(const Json& arguments, const store::App& app,
                                    std::string content) {
    provider::CredentialUpload upload;
    upload.content = std::move(content);
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

CredentialCommands::CredentialCommands(Parts parts)
    : parts_(std::move(parts)),
      faults_([this](const store::Credential& credential,
                     const std::string& app) { return open(credential, app); },
              parts_.clock) {}

void CredentialCommands::addTo(CommandTable& table) {
    table["credential/add"] = {
        [this](const Json& a) { return add(a); },
        Effect::Changes,
        {"tenant", "app", "provider", "content", "generate", "password", "settings"}};
    table["credential/list"] = {
        [this](const Json& a) { return list(a); }, Effect::Reads, {"tenant", "app", "origins"}};
    table["credential/show"] = {[this](const Json& a) {
                                    return Json{{"credential", describe(credentialOf(a))}};
                                },
                                Effect::Reads,
                                {"credential", "tenant", "app", "provider"}};
    table["credential/remove"] = {[this](const Json& a) { return remove(a); },
                                  Effect::Changes,
                                  {"credential", "tenant", "app", "provider"}};
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

/// To look at a file with a password may take seconds.
Work CredentialCommands::add(const Json& arguments) {
    const store::App app = appOf(parts_.directory, arguments);
    const provider::Provider& provider = providerOf(app, text(arguments, "provider"));
    if (asksForNewKey(arguments)) return addGenerated(app, provider, arguments);
    return [this, app, &provider,
            upload = uploadOf(arguments, app, contentOf(arguments, provider))](Operation&) {
        return addInspected(app, provider, upload);
    };
}

/// The private half leaves this process in sealed form only.
Work CredentialCommands::addGenerated(const store::App& app, const provider::Provider& provider,
                                      const Json& arguments) {
    if (web::find(arguments, "content") != nullptr)
        throw Problem(400, "give either the credential's file or \"generate\" (--generate)");
    if (!provider.takesNewP256Key())
        throw Problem(400, "the credentials of provider \"" + provider.instance() +
                               "\" come from its push network: a key that is made here is none");
    // Devices subscribe with the public half: another key takes all pushes from them.
    for (const store::Credential& other : parts_.credentials.listCredentials(app.id))
        if (other.provider == provider.instance())
            throw Problem(409, "app " + app.name +
                                   " has a key already, which its devices subscribed with: "
                                   "`postbell credential show` names its public half. If all of "
                                   "them shall subscribe again, remove that credential first");
    const util::P256Key key = util::newP256Key();
    return [this, app, &provider, upload = uploadOf(arguments, app, key.pem),
            public_key = key.public_key](Operation&) {
        Json answer = addInspected(app, provider, upload);
        answer["public_key"] = public_key;
        return answer;
    };
}

Json CredentialCommands::addInspected(const store::App& app, const provider::Provider& provider,
                                      const provider::CredentialUpload& upload) {
    const util::WallTime now = parts_.clock.wall();
    const provider::CredentialReport report = provider.inspect(upload, now);
    if (!report.problem.empty()) throw Problem(422, report.problem);

    store::Credential wanted;
    wanted.app = app.id;
    wanted.provider = provider.instance();
    wanted.production = report.production;
    wanted.sandbox = report.sandbox;
    // A TLS identity is stored in the form that TLS presents, so that its file is read only once.
    wanted.content = report.tls_identity ? report.identity : upload.content;
    wanted.password = report.tls_identity ? "" : upload.password;
    wanted.settings = upload.settings;
    wanted.kind = report.kind;
    wanted.subject = report.subject;
    wanted.topics = report.topics;
    wanted.valid_from = report.valid_from;
    wanted.expires_at = report.expires_at;
    wanted.uploaded_at = now;
    if (const std::string fault = faults_.of(wanted, app.name); !fault.empty())
        throw Problem(422, fault);
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
    // As listed: one whose secrets do not open can be removed as well.
    for (store::Credential& credential : parts_.credentials.listCredentials())
        if (std::to_string(credential.id) == id) return std::move(credential);
    throw Problem(404,
                  "there is no credential \"" + id + "\": `postbell credential list` names them");
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

std::string CredentialCommands::open(const store::Credential& credential,
                                     const std::string& app) const {
    const provider::Provider* const provider = parts_.providers.find(credential.provider);
    if (provider == nullptr) return {};  // it is not enabled, which is no fault of the credential
    try {
        const provider::CredentialSession session(*provider, credential, app, {}, parts_.clock);
        return {};
    } catch (const std::runtime_error& e) {
        return e.what();
    }
}

std::string CredentialCommands::faultOfStored(store::Id id, const std::string& app) {
    try {
        const auto stored = parts_.credentials.findCredential(id);
        return stored ? faults_.of(*stored, app) : std::string();
    } catch (const store::StoreError& e) {
        return e.what();
    }
}

Json CredentialCommands::describe(const store::Credential& c) {
    Json environments = Json::array();
    if (c.production)
        environments.push_back(store::environmentName(store::Environment::Production));
    if (c.sandbox) environments.push_back(store::environmentName(store::Environment::Sandbox));
    Json described = {{"credential", std::to_string(c.id)},
                      {"provider", c.provider},
                      {"kind", c.kind},
                      {"subject", c.subject},
                      {"topics", c.topics},
                      {"environments", environments},
                      {"expires_at", web::timeOrNull(c.expires_at)},
                      {"uploaded_at", web::timeOrNull(c.uploaded_at)},
                      {"paused", nullptr},
                      {"unusable", nullptr},
                      {"alarm", nullptr}};
    if (const auto owner = parts_.directory.findApp(c.app)) {
        described["app"] = owner->name;
        described["tenant"] = owner->tenant_name;
        const std::string fault = faultOfStored(c.id, owner->name);
        if (!fault.empty()) described["unusable"] = fault;
    }
    if (const std::string problem = parts_.authorization_problem(c.id); !problem.empty())
        described["alarm"] = "it gets no new authorization for the push network: " + problem;
    for (const store::GuardState& guard : c.guards) {
        if (guard.isDoubtful()) described["alarm"] = store::kDoubtfulCredential;
        if (!guard.slowed_down.empty())
            described["alarm"] = "the push network asks this credential to slow down (" +
                                 guard.slowed_down + "), and its pushes wait";
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
    if (!described["unusable"].is_null())
        described["alarm"] = "the gateway cannot use it, and its pushes wait: " +
                             described["unusable"].get<std::string>();
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
