// SPDX-License-Identifier: Apache-2.0
// Registrations as an admin sees them.
#include "admin/admin_service.h"
#include "admin/arguments.h"
#include "util/rfc3339.h"

namespace postbell::admin {
namespace {

using nlohmann::json;

constexpr std::size_t kMostListed = 1000;

}  // namespace

json AdminService::describe(const store::Registration& r) const {
    json described =
        json::parse(api::stateJson(r, parts_.backends.lifeClock(r.subscription.instance)));
    const auto time = [](std::int64_t ms) {
        return ms == 0 ? json(nullptr) : json(util::formatRfc3339(ms));
    };
    described["tenant"] = r.app->tenant_name;
    described["app"] = r.app->name;
    described["platform"] = r.app->platform;
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
    described["accounts_on_device"] = r.registrations_on_device;
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
    for (const store::Registration& r : found) registrations.push_back(describe(r));
    json result = {{"registrations", registrations}};
    if (found.size() == kMostListed) result["next_after"] = found.back().id;
    return result;
}

json AdminService::registrationShow(const json& arguments) {
    return {{"registration", describe(registration(arguments))}};
}

json AdminService::registrationRemove(const json& arguments) {
    const store::Registration wanted = registration(arguments);
    parts_.store.removeRegistration(wanted.public_id);
    return {{"registration", wanted.public_id}};
}

}  // namespace postbell::admin
