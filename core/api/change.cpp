// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>
#include "api/registration_fields.h"
#include "registry/keys.h"
#include "web/fields.h"

namespace postbell::api {
namespace {

void changeToken(const Parts& parts, const store::Registration& registration,
                 const std::string& token) {
    const provider::Provider& provider = providerOf(parts.providers, registration.app->platform);
    provider::TokenCheck check = checkedToken(provider, token);
    const auto tenant = parts.directory.findTenant(registration.app->tenant);
    if (!tenant) refuseAsErased();
    std::string key = registry::tokenKey(tenant->hash_key, check.normal);
    const store::TokenChanged changed = parts.registrations.changeToken(
        registration.public_id, {std::move(check.normal), std::move(key), parts.clock.wall(),
                                 std::move(check.origin), check.expires_at});
    switch (changed) {
        case store::TokenChanged::Done:
            return;
        case store::TokenChanged::NotFound:
            refuseAsErased();
        case store::TokenChanged::Crowded:
            refuseAsCrowded();
        case store::TokenChanged::Left:
            throw web::Problem(
                409,
                "this registration has gone from this device token to a newer one: a phone that "
                "was restored from this phone's backup may have taken it along; register anew");
    }
}

}  // namespace

net::Response change(const Parts& parts, RateLimiter& changes, const net::Request& request,
                     const std::string& id) {
    const store::Registration registration = authorizeChange(parts, changes, request, id);
    const nlohmann::json body = web::parseObject(request);
    const auto os_version = web::optionalText(body, "os_version", kMaxVersionBytes);
    const auto app_version = web::optionalText(body, "app_version", kMaxVersionBytes);
    const auto token = web::optionalText(body, "device_token", kMaxTokenBytes);
    if (!os_version && !app_version && !token)
        throw web::Problem(
            400, "nothing to change: device_token, os_version or app_version is expected");
    if (token) changeToken(parts, registration, *token);
    if ((os_version || app_version) &&
        !parts.registrations.changeVersions(id, os_version, app_version))
        refuseAsErased();
    return noContent();
}

}  // namespace postbell::api
