// SPDX-License-Identifier: Apache-2.0
#include "admin/registration_commands.h"

#include <nlohmann/json.hpp>

#include "admin/arguments.h"
#include "admin/operation.h"
#include "store/records/environment.h"
#include "web/fields.h"
#include "web/registration_state.h"

namespace postbell::admin {
namespace {

using web::textOrNull;
using web::timeOrNull;
constexpr std::size_t kMaxListed = 1000;

/// The reason to believe that the account is the user's.
Json proofName(store::AccountProof proof) {
    switch (proof) {
        case store::AccountProof::None:
            return nullptr;
        case store::AccountProof::Proven:
            return "proven";
        case store::AccountProof::Approved:
            return "approved";
    }
    return nullptr;
}

/// A state whose registrations may be removed by the hundreds: they ring no phone.
registry::State removableState(const Json& arguments) {
    const std::string given = web::anyText(arguments, "state").value_or("");
    for (const auto state :
         {registry::State::Waiting, registry::State::Stale, registry::State::Disabled})
        if (registry::name(state) == given) return state;
    web::refuse("state",
                "must be waiting, stale or disabled; or name one registration, whatever its state");
}

Json describe(const store::MailboxState& mailbox) {
    if (mailbox.id == 0) return nullptr;
    return {{"mailbox", mailbox.id},
            {"subscribed", mailbox.subscribed},
            {"expires_at", timeOrNull(mailbox.expires_at)},
            {"next_look_at", timeOrNull(mailbox.due_at)},
            {"failing_since", timeOrNull(mailbox.failed_at)},
            {"problem", textOrNull(mailbox.problem)}};
}

}  // namespace

void RegistrationCommands::addTo(CommandTable& table) {
    table["registration/list"] = {
        [this](const Json& a) { return list(a); }, Effect::Reads, {"tenant", "app", "after"}};
    table["registration/show"] = {
        [this](const Json& a) { return show(a); }, Effect::Reads, {"registration"}};
    table["registration/lost"] = {[this](const Json&) { return lost(); }, Effect::Reads, {}};
    table["registration/approve"] = {
        [this](const Json& a) { return approve(a); }, Effect::Changes, {"registration"}};
    table["registration/remove"] = {[this](const Json& a) { return remove(a); },
                                    Effect::Changes,
                                    {"registration", "state", "older_than", "tenant", "app"}};
}

Json RegistrationCommands::list(const Json& arguments) {
    const auto tenant = tenantIfNamed(parts_.directory, arguments);
    const auto app = appIfNamed(parts_.directory, arguments);
    const std::int64_t after = web::optionalNumber(arguments, "after").value_or(0);
    Json registrations = Json::array();
    auto found = parts_.registrations.listRegistrations(after, kMaxListed, tenant ? tenant->id : 0,
                                                        app ? app->id : 0);
    for (const store::Registration& registration : found)
        registrations.push_back(describe(registration));
    Json result = {{"registrations", registrations}};
    if (found.size() == kMaxListed) result["next_after"] = found.back().id;
    return result;
}

Json RegistrationCommands::show(const Json& arguments) {
    const store::Registration registration = registrationOf(parts_.registrations, arguments);
    return {{"registration", describe(registration)}};
}

Json RegistrationCommands::lost() {
    Json lost = Json::array();
    for (const backend::BackendHost::Outage& outage : parts_.backends.outages())
        lost.push_back(
            {{"backend", outage.instance},
             {"away_seconds", std::chrono::floor<std::chrono::seconds>(outage.away).count()},
             {"registrations", parts_.registrations.countUnheard(outage.instance, outage.until)}});
    return {{"lost", lost}};
}

Json RegistrationCommands::approve(const Json& arguments) {
    const store::Registration registration = registrationOf(parts_.registrations, arguments);
    parts_.registrations.approveAccount(registration.public_id);
    return show(arguments);
}

Reply RegistrationCommands::remove(const Json& arguments) {
    if (!web::anyText(arguments, "registration")) return removeMany(arguments);
    for (const char* filter : {"state", "older_than", "tenant", "app"})
        if (web::find(arguments, filter) != nullptr)
            web::refuse(filter, "is for the removal of many: name one registration, or filters");
    const store::Registration registration = registrationOf(parts_.registrations, arguments);
    parts_.registrations.removeRegistration(registration.public_id);
    return Json{{"registration", registration.public_id}};
}

Work RegistrationCommands::removeMany(const Json& arguments) {
    const registry::State state = removableState(arguments);
    const auto age = optionalDuration(arguments, "older_than");
    if (!age) web::refuse("older_than", "is missing: how long nothing was heard, such as 1d");
    const auto tenant = tenantIfNamed(parts_.directory, arguments);
    const auto app = appIfNamed(parts_.directory, arguments);
    return [this, state, age = *age, tenant = tenant ? tenant->id : 0,
            app = app ? app->id : 0](Operation& operation) -> Json {
        std::size_t removed = 0;
        store::Id after = 0;
        for (bool more = true; more;) {
            operation.requireGoingOn(std::to_string(removed) + " registrations were removed");
            auto some = parts_.registrations.listRegistrations(after, kMaxListed, tenant, app);
            more = some.size() == kMaxListed;
            if (more) after = some.back().id;
            std::erase_if(some, [&](const store::Registration& r) {
                const auto clock = parts_.backends.lifeClock(r.subscription.instance);
                return registry::lifeCycle(r, clock).state != state ||
                       clock.now - registry::lastSign(r, clock.now) < age;
            });
            removed += parts_.registrations.removeUnchanged(some);
            operation.report({static_cast<std::int64_t>(removed)});
        }
        return {{"removed", removed}};
    };
}

Json RegistrationCommands::describe(const store::Registration& r) const {
    Json described = web::registrationState(r, parts_.backends.lifeClock(r.subscription.instance),
                                            web::Reader::Admin);
    described["tenant"] = r.app->tenant_name;
    described["app"] = r.app->name;
    described["platform"] = r.app->platform;
    described["environment"] = textOrNull(store::environmentName(r.environment));
    described["backend"] =
        textOrNull(r.mailbox_state.id != 0 ? r.mailbox_state.instance : r.subscription.instance);
    described["managed"] = admin::describe(r.mailbox_state);
    described["os_version"] = r.os_version;
    described["app_version"] = r.app_version;
    described["account"] = proofName(r.account_proof);
    described["accounts_on_device"] = r.registrations_on_device;
    described["created_at"] = timeOrNull(r.created_at);
    described["reported_at"] = timeOrNull(r.subscription.reported_at);
    described["expires_at"] = timeOrNull(r.subscription.expires_at);
    described["last_heard_at"] = timeOrNull(r.seen.heard_at);
    described["last_device_call_at"] = timeOrNull(r.seen.device_at);
    return described;
}

}  // namespace postbell::admin
