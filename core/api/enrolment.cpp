// SPDX-License-Identifier: Apache-2.0
#include "api/enrolment.h"

#include <nlohmann/json.hpp>

#include "api/calls.h"
#include "api/mailbox_claim.h"
#include "api/registration_fields.h"
#include "registry/keys.h"
#include "util/crypto.h"
#include "web/fields.h"

namespace postbell::api {
namespace {

using nlohmann::json;
using web::Problem;

store::Environment checkedEnvironment(const provider::Provider& provider, const json& body,
                                      const std::string& platform) {
    const store::Environment environment = environmentField(body);
    if (provider.hasEnvironments() && environment == store::Environment::None)
        throw Problem(400, "\"environment\" is missing: \"production\" or \"sandbox\"");
    if (!provider.hasEnvironments() && environment != store::Environment::None)
        throw Problem(400, "\"environment\" has no meaning for platform " + platform);
    return environment;
}

}  // namespace

Enrolment::Enrolment(const Parts& parts, CallLines& lines, prometheus::Registry& registry,
                     const RegistrationSettings& settings)
    : parts_(parts),
      lines_(lines),
      settings_(settings),
      per_address_(settings.registrations_per_minute_per_address),
      new_per_app_(settings.registrations_per_minute_per_app),
      per_account_(settings.changes_per_minute_per_registration),
      alarm_(registry, parts.clock, parts.log) {}

store::EnrolledApp Enrolment::authorize(const net::Request& request) {
    if (!per_address_.allow(net::AddressKey::of(request.peer), parts_.clock.steady())) {
        alarm_.addressIsTooFast(request.peer, settings_.registrations_per_minute_per_address);
        throw Problem(429, "too many registrations from this address: try again in a minute");
    }
    const std::string key =
        web::bearer(request, "the app's enrolment key is missing (Authorization: Bearer ...)");
    auto app = parts_.directory.findAppByEnrolment(util::sha256(key));
    if (!app) throw Problem(401, "the enrolment key is not that of any app");
    return std::move(*app);
}

/// Charges the app for the row that it makes: neither refused bodies nor renewals keep other phones
/// out.
store::Registered Enrolment::enrol(const store::EnrolledApp& app, store::NewRegistration& wanted) {
    const util::SteadyTime now = parts_.clock.steady();
    if (!per_account_.allow(wanted.device_key + wanted.account_key, now))
        throw Problem(429, "too many registrations of this account: try again in a minute");
    const bool key_is_replaced = app.registers_until && wanted.now >= *app.registers_until;
    wanted.may_be_new = !key_is_replaced && new_per_app_.wouldAllow(app.id, now);
    wanted.max_registrations_of_app = settings_.max_registrations_per_app;
    store::Registered registered = parts_.registrations.registerDevice(wanted);
    if (registered.refusal != store::RegistrationRefusal::None)
        refuse(registered.refusal, app, key_is_replaced);
    if (!registered.renewed) new_per_app_.allow(app.id, now);
    return registered;
}

void Enrolment::refuse(store::RegistrationRefusal why, const store::App& app,
                       bool key_is_replaced) {
    switch (why) {
        case store::RegistrationRefusal::Crowded:
            refuseAsCrowded();
        case store::RegistrationRefusal::AppFull:
            alarm_.appIsFull(app, settings_.max_registrations_per_app);
            throw Problem(429,
                          "this app has all the registrations that its gateway allows: its "
                          "admin has been told, try again later");
        case store::RegistrationRefusal::New:
        case store::RegistrationRefusal::None:
            break;
    }
    if (key_is_replaced)
        throw Problem(401,
                      "this enrolment key was replaced: it renews registrations, and makes no "
                      "new ones; update the app");
    alarm_.appIsTooFast(app, settings_.registrations_per_minute_per_app);
    throw Problem(429, "too many registrations of this app: try again in a minute");
}

store::NewRegistration Enrolment::read(const store::App& app, const json& body) const {
    if (web::requiredText(body, "app", 255) != app.name)
        throw Problem(401, "the enrolment key is not that of the app named");
    if (!app.enabled) throw Problem(403, "this app is turned off");
    const provider::Provider& provider = providerOf(parts_.providers, app.platform);

    store::NewRegistration wanted;
    wanted.app = app.id;
    provider::TokenCheck token =
        checkedToken(provider, web::requiredText(body, "device_token", kMaxTokenBytes));
    wanted.token = std::move(token.normal);
    wanted.origin = std::move(token.origin);
    wanted.token_expires_at = token.expires_at;
    wanted.environment = checkedEnvironment(provider, body, app.platform);
    const std::string account = hashField(body, "account_hash");
    const std::string device = hashField(body, "device_hash");
    wanted.os_version = web::optionalText(body, "os_version", kMaxVersionBytes).value_or("");
    wanted.app_version = web::optionalText(body, "app_version", kMaxVersionBytes).value_or("");
    if (const auto previous = web::optionalText(body, "previous_secret", 255))
        wanted.previous_secret_hash = util::sha256(*previous);
    if (auto claimed = claimMailbox(parts_, body)) {
        if (registry::accountHash(claimed->mailbox) == account)
            wanted.account_proof = store::AccountProof::Proven;
        wanted.managed_instance = std::move(claimed->instance);
        wanted.mailbox = std::move(claimed->mailbox);
    }
    const auto tenant = parts_.directory.findTenant(app.tenant);
    if (!tenant) throw Problem(401, "the enrolment key is not that of any app");
    wanted.token_key = registry::tokenKey(tenant->hash_key, wanted.token);
    wanted.account_key = registry::accountKey(tenant->hash_key, account);
    wanted.device_key = registry::deviceKey(tenant->hash_key, device);
    return wanted;
}

json Enrolment::callbacks(const Secrets& secrets) const {
    json all = json::object();
    for (const backend::CallbackDescription& callback : parts_.backends.callbacks()) {
        json members = callback.members.empty() ? json::object() : json::parse(callback.members);
        // Elsewhere an admin puts a tenant's callback into the server.
        if (callback.has_url) {
            members["url"] =
                settings_.mailbox_url + "/" + callback.instance + "/" + secrets.callback;
            members["proof"] = secrets.proof;
        }
        if (callback.heartbeat > callback.heartbeat.zero())
            members["resubscribe_after_seconds"] =
                std::chrono::floor<std::chrono::seconds>(2 * callback.heartbeat).count();
        all[callback.instance] = std::move(members);
    }
    return all;
}

net::Response Enrolment::answer(const net::Request& request) {
    const store::EnrolledApp app = authorize(request);
    store::NewRegistration wanted = read(app, web::parseObject(request));
    const Secrets secrets{util::randomToken(), util::randomToken(), util::randomToken()};
    wanted.public_id = util::randomId();
    wanted.secret_hash = util::sha256(secrets.secret);
    wanted.callback_hash = util::sha256(secrets.callback);
    wanted.proof_hash = util::sha256(secrets.proof);
    wanted.now = parts_.clock.wall();

    const store::Registered registered = enrol(app, wanted);
    parts_.seen.deviceCalled(registered.id, wanted.now);
    lines_.write(
        app.id, registered.renewed ? "a registration was renewed" : "a device registered",
        {{"registration", registered.public_id}, {"app", app.name}, {"tenant", app.tenant_name}});

    json answer = {{"registration_id", registered.public_id},
                   {"secret", secrets.secret},
                   {"region", settings_.region},
                   {"check_every_seconds", settings_.check_every_seconds},
                   {"callbacks", callbacks(secrets)}};
    if (!wanted.managed_instance.empty()) answer["managed"] = wanted.managed_instance;
    net::Response response = web::jsonResponse(registered.renewed ? 200 : 201, answer.dump());
    response.headers.emplace_back("location", "/v1/registrations/" + registered.public_id);
    return response;
}

}  // namespace postbell::api
