// SPDX-License-Identifier: Apache-2.0
#include "admin/tenant_callback_commands.h"

#include <nlohmann/json.hpp>

#include "admin/arguments.h"
#include "util/codec.h"
#include "util/crypto.h"
#include "web/fields.h"

namespace postbell::admin {
namespace {

using web::Problem;
constexpr std::size_t kMaxSecretBytes = 4096;

/// The secret, in base64 since its bytes may be any; empty: none is given.
std::string secretOf(const Json& arguments) {
    const auto given = web::anyText(arguments, "secret");
    if (!given) return {};
    const auto secret = util::base64Decode(*given);
    if (!secret) web::refuse("secret", "must be in base64");
    if (secret->empty() || secret->size() > kMaxSecretBytes)
        web::refuse("secret", "must have 1 to " + std::to_string(kMaxSecretBytes) + " bytes");
    return *secret;
}

}  // namespace

void TenantCallbackCommands::addTo(CommandTable& table) {
    table["tenant/callback/add"] = {
        [this](const Json& a) { return add(a); }, Effect::Changes, {"tenant", "backend", "secret"}};
    table["tenant/callback/list"] = {
        [this](const Json& a) { return list(a); }, Effect::Reads, {"tenant", "backend"}};
    table["tenant/callback/remove"] = {[this](const Json& a) { return remove(a); },
                                       Effect::Changes,
                                       {"tenant", "backend", "callback"}};
}

Json TenantCallbackCommands::add(const Json& arguments) {
    const store::Tenant tenant = tenantOf(parts_.directory, arguments);
    const std::string instance = text(arguments, "backend");
    if (!parts_.backends.has(instance))
        throw Problem(400, "backend \"" + instance + "\" is not enabled in the config");
    store::NewTenantCallback wanted;
    wanted.secret = secretOf(arguments);
    switch (parts_.backends.tenantCallbacks(instance)) {
        case backend::TenantCallbacks::None:
            throw Problem(400, "backend \"" + instance +
                                   "\" is notified on the callbacks of registrations alone");
        case backend::TenantCallbacks::Served:
            break;
        case backend::TenantCallbacks::ServedWithSecret:
            if (wanted.secret.empty())
                throw Problem(400, "backend \"" + instance +
                                       "\" needs a secret: give the mail server's with "
                                       "--secret-file");
    }
    const std::string token = util::randomToken();
    wanted.tenant = tenant.id;
    wanted.instance = instance;
    wanted.token_hash = util::sha256(token);
    wanted.now = parts_.clock.wall();
    const store::TenantCallback added = parts_.directory.addTenantCallback(wanted);
    return {{"callback", std::to_string(added.id)},
            {"tenant", tenant.name},
            {"backend", instance},
            {"url", parts_.mailbox_url + "/" + instance + "/" + token}};
}

std::vector<store::TenantCallback> TenantCallbackCommands::matching(const Json& arguments) const {
    const auto tenant = tenantIfNamed(parts_.directory, arguments);
    const auto instance = web::anyText(arguments, "backend");
    auto found = parts_.directory.listTenantCallbacks(tenant ? tenant->id : 0);
    if (instance)
        std::erase_if(found, [&](const auto& callback) { return callback.instance != *instance; });
    return found;
}

Json TenantCallbackCommands::problemOf(const store::TenantCallback& callback) const {
    const auto served = parts_.backends.tenantCallbacks(callback.instance);
    if (served == backend::TenantCallbacks::None) return "the backend serves no such callback now";
    if (served == backend::TenantCallbacks::ServedWithSecret && !callback.has_secret)
        return "the backend needs a secret now: add another callback with --secret-file";
    return nullptr;
}

Json TenantCallbackCommands::list(const Json& arguments) {
    Json callbacks = Json::array();
    const auto wanted = matching(arguments);
    for (const store::Tenant& tenant : parts_.directory.listTenants())
        for (const store::TenantCallback& callback : wanted) {
            if (callback.tenant != tenant.id) continue;
            callbacks.push_back({{"callback", std::to_string(callback.id)},
                                 {"tenant", tenant.name},
                                 {"backend", callback.instance},
                                 {"secret", callback.has_secret},
                                 {"created_at", web::timeOrNull(callback.created_at)},
                                 {"problem", problemOf(callback)}});
        }
    return {{"callbacks", callbacks}};
}

Json TenantCallbackCommands::remove(const Json& arguments) {
    const store::Tenant tenant = tenantOf(parts_.directory, arguments);
    const std::string instance = text(arguments, "backend");
    const auto number = web::anyText(arguments, "callback");
    auto found = matching(arguments);
    if (number)
        std::erase_if(found,
                      [&](const auto& callback) { return std::to_string(callback.id) != *number; });
    if (found.empty())
        throw Problem(404, "tenant " + tenant.name + " has no such callback of backend \"" +
                               instance + "\": `postbell tenant callback list` names them");
    if (found.size() > 1)
        throw Problem(409, "tenant " + tenant.name + " has " + std::to_string(found.size()) +
                               " callbacks of backend \"" + instance +
                               "\": name one by its number with --callback");
    parts_.directory.removeTenantCallback(found.front().id);
    return {{"callback", std::to_string(found.front().id)},
            {"tenant", tenant.name},
            {"backend", instance}};
}

}  // namespace postbell::admin
