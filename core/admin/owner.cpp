// SPDX-License-Identifier: Apache-2.0
#include "admin/owner.h"

#include <nlohmann/json.hpp>

#include <optional>

#include "web/fields.h"

namespace postbell::admin {
namespace {

std::optional<std::string> textIn(const Json& arguments, const char* name) {
    const Json* value = web::find(arguments, name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return value->get<std::string>();
}

}  // namespace

std::string ownerOf(store::Directory& directory, store::Registrations& registrations,
                    store::Credentials& credentials, const Json& arguments) {
    if (auto tenant = textIn(arguments, "tenant")) return *std::move(tenant);
    if (const auto id = textIn(arguments, "registration")) {
        const auto registration = registrations.findRegistration(*id);
        return registration ? registration->app->tenant_name : "";
    }
    const auto number = textIn(arguments, "credential");
    if (!number) return {};
    for (const store::Credential& credential : credentials.listCredentials()) {
        if (std::to_string(credential.id) != *number) continue;
        const auto app = directory.findApp(credential.app);
        return app ? app->tenant_name : "";
    }
    return {};
}

}  // namespace postbell::admin
