// SPDX-License-Identifier: Apache-2.0
#include "api/registration_api.h"

#include <nlohmann/json.hpp>

#include "api/registration_fields.h"
#include "util/codec.h"
#include "util/crypto.h"
#include "util/rfc3339.h"

namespace postbell::api {
namespace {

using nlohmann::json;

constexpr std::size_t kMostTokenBytes = 4096;
constexpr std::size_t kMostIdBytes = 4096;
constexpr std::size_t kMostVersionBytes = 64;
constexpr std::size_t kMostGrantBytes = 16 * 1024;
constexpr std::string_view kCollection = "/v1/registrations";

json timeOrNull(std::int64_t wall_ms) {
    return wall_ms == 0 ? json(nullptr) : json(util::formatRfc3339(wall_ms));
}

net::Response noContent() {
    net::Response response;
    response.status = 204;
    return response;
}

}  // namespace

RegistrationApi::RegistrationApi(store::Store& store, registry::SeenBuffer& seen,
                                 const backend::BackendHost& backends,
                                 const provider::ProviderHost& providers,
                                 managed::ManagedHost& managed, const util::Clock& clock,
                                 prometheus::Registry& registry, log::Log& log,
                                 RegistrationSettings settings)
    : store_(store),
      seen_(seen),
      backends_(backends),
      providers_(providers),
      managed_(managed),
      clock_(clock),
      log_(log),
      settings_(std::move(settings)),
      per_address_(settings_.registrations_per_minute_per_address),
      per_app_(settings_.registrations_per_minute_per_app),
      calls_(prometheus::BuildCounter()
                 .Name("postbell_registration_calls_total")
                 .Help("Calls of devices by method and status")
                 .Register(registry)) {
    // So that the first of what alarms look at is seen by rate().
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
        for (const char* status : {"401", "429", "503"})
            calls_.Add({{"method", method}, {"status", status}});
}

net::Response RegistrationApi::answer(const net::Request& request) {
    net::Response response;
    try {
        response = route(request);
    } catch (const Problem& problem) {
        response = problem.response();
    } catch (const store::StoreError& e) {
        log_.warning("the store failed: a device is asked to try again", {{"reason", e.what()}});
        response = problemResponse(503, "the gateway cannot use its store now: try again later");
    }
    const bool known = request.method == "GET" || request.method == "POST" ||
                       request.method == "PUT" || request.method == "PATCH" ||
                       request.method == "DELETE";
    calls_
        .Add({{"method", known ? request.method : "other"},
              {"status", std::to_string(response.status)}})
        .Increment();
    return response;
}

net::Response RegistrationApi::route(const net::Request& request) {
    const std::string_view path = request.path;
    if (path == kCollection) {
        if (request.method == "POST") return registerDevice(request);
        throw Problem::methodNotAllowed(request.method, "POST");
    }
    if (path.size() > kCollection.size() + 1 && path.starts_with(kCollection) &&
        path[kCollection.size()] == '/') {
        const std::string_view rest = path.substr(kCollection.size() + 1);
        const std::size_t slash = rest.find('/');
        const std::string id(rest.substr(0, slash));
        if (slash == std::string_view::npos) {
            if (request.method == "GET") return state(request, id);
            if (request.method == "PATCH") return change(request, id);
            if (request.method == "DELETE") return remove(request, id);
            throw Problem::methodNotAllowed(request.method, "GET, PATCH, DELETE");
        }
        if (rest.substr(slash) == "/subscription") {
            if (request.method == "PUT") return report(request, id);
            throw Problem::methodNotAllowed(request.method, "PUT");
        }
    }
    throw Problem(404, "there is nothing here: registrations are at /v1/registrations");
}

std::string RegistrationApi::tokenKey(const store::Tenant& tenant, const std::string& token) const {
    return util::hmacSha256(tenant.hash_key, "token:" + token);
}

std::string RegistrationApi::callbacks(const std::string& token, const std::string& proof) const {
    json all = json::object();
    for (const backend::CallbackDescription& callback : backends_.callbacks()) {
        json members = callback.members.empty() ? json::object() : json::parse(callback.members);
        members["url"] = settings_.mailbox_url + "/" + callback.instance + "/" + token;
        members["proof"] = proof;
        if (callback.heartbeat_ms != 0)
            members["resubscribe_after_seconds"] = 2 * callback.heartbeat_ms / 1000;
        all[callback.instance] = std::move(members);
    }
    return all.dump();
}

net::Response RegistrationApi::registerDevice(const net::Request& request) {
    if (!per_address_.allow(request.peer, clock_.steadyMs()))
        throw Problem(429, "too many registrations from this address: try again in a minute");
    const std::string key =
        bearer(request, "the app's enrolment key is missing (Authorization: Bearer ...)");
    const auto app = store_.findAppByEnrolment(util::sha256(key));
    if (!app) throw Problem(401, "the enrolment key is not that of any app");
    if (!per_app_.allow(std::to_string(app->id), clock_.steadyMs()))
        throw Problem(429, "too many registrations of this app: try again in a minute");

    const json body = parseObject(request);
    if (requiredText(body, "app", 255) != app->name)
        throw Problem(401, "the enrolment key is not that of the app named");
    if (!app->enabled) throw Problem(403, "this app is turned off");
    const provider::Provider* provider = providers_.forPlatform(app->platform);
    if (provider == nullptr)
        throw Problem(503, "no enabled provider serves platform " + app->platform);

    store::NewRegistration wanted;
    wanted.app = app->id;
    const provider::TokenCheck token =
        provider->checkToken(requiredText(body, "device_token", kMostTokenBytes));
    if (!token.problem.empty()) throw Problem(400, "\"device_token\": " + token.problem);
    wanted.token = token.normal;
    wanted.environment = environmentField(body);
    if (provider->hasEnvironments() && wanted.environment == store::Environment::None)
        throw Problem(400, "\"environment\" is missing: \"production\" or \"sandbox\"");
    if (!provider->hasEnvironments() && wanted.environment != store::Environment::None)
        throw Problem(400, "\"environment\" has no meaning for platform " + app->platform);
    const std::string account = hashField(body, "account_hash");
    const std::string device = hashField(body, "device_hash");
    wanted.os_version = textField(body, "os_version", kMostVersionBytes, false).value_or("");
    wanted.app_version = textField(body, "app_version", kMostVersionBytes, false).value_or("");
    claimMailbox(body, wanted);
    const auto tenant = store_.findTenant(app->tenant);
    if (!tenant) throw Problem(401, "the enrolment key is not that of any app");
    wanted.token_key = tokenKey(*tenant, wanted.token);
    wanted.account_key = util::hmacSha256(tenant->hash_key, "account:" + account);
    wanted.device_key = util::hmacSha256(tenant->hash_key, "device:" + device);
    if (const auto previous = textField(body, "previous_secret", 255, false))
        wanted.previous_secret_hash = util::sha256(*previous);
    const std::string secret = util::randomToken();
    const std::string callback = util::randomToken();
    const std::string proof = util::randomToken();
    wanted.public_id = util::randomId();
    wanted.secret_hash = util::sha256(secret);
    wanted.callback_hash = util::sha256(callback);
    wanted.proof_hash = util::sha256(proof);
    wanted.now_ms = clock_.wallMs();

    const store::Registered registered = store_.registerDevice(wanted);
    if (registered.renewed || !wanted.managed_instance.empty()) managed_.lookSoon();
    seen_.deviceCalled(registered.id, wanted.now_ms);
    log_.info(
        registered.renewed ? "a registration was renewed" : "a device registered",
        {{"registration", registered.public_id}, {"app", app->name}, {"tenant", app->tenant_name}});
    json answer = {{"registration_id", registered.public_id},
                   {"secret", secret},
                   {"region", settings_.region},
                   {"check_every_seconds", settings_.check_every_seconds}};
    if (!wanted.managed_instance.empty()) answer["managed"] = wanted.managed_instance;
    answer["callbacks"] = json::parse(callbacks(callback, proof));
    net::Response response = jsonResponse(registered.renewed ? 200 : 201, answer.dump());
    response.headers.emplace_back("location",
                                  std::string(kCollection) + "/" + registered.public_id);
    return response;
}

/// With a grant, the gateway subscribes itself, to the mailbox that the grant proves to be the
/// user's: no other way leads from a device to a mailbox.
void RegistrationApi::claimMailbox(const json& body, store::NewRegistration& wanted) {
    const auto grants = body.find("grants");
    if (grants == body.end() || grants->is_null()) return;
    if (!grants->is_object()) throw Problem(400, "\"grants\" must be an object of instances");
    if (grants->size() > 1)
        throw Problem(400, "\"grants\" must name one instance: a registration has one mailbox");
    for (const auto& [instance, grant] : grants->items()) {
        const std::string where = "\"grants\", \"" + instance.substr(0, 64) + "\": ";
        if (!backends_.has(instance))
            throw Problem(400, "\"grants\": there is no such backend instance");
        if (!managed_.has(instance)) throw Problem(400, where + "this backend instance takes none");
        if (!grant.is_object()) throw Problem(400, where + "must be an object");
        const std::string text = grant.dump(-1, ' ', false, json::error_handler_t::replace);
        if (text.size() > kMostGrantBytes)
            throw Problem(400, where + "must be at most " + std::to_string(kMostGrantBytes) +
                                   " bytes of JSON");
        managed::Claim claim = managed_.claim(instance, text);
        if (claim.kind == managed::Claim::Kind::Refused) throw Problem(403, where + claim.problem);
        if (claim.kind == managed::Claim::Kind::Unavailable)
            throw Problem(503, where + claim.problem);
        wanted.managed_instance = instance;
        wanted.mailbox = std::move(claim.mailbox);
    }
}

store::Registration RegistrationApi::authorize(const net::Request& request, const std::string& id) {
    const std::string secret =
        bearer(request, "the registration's secret is missing (Authorization: Bearer ...)");
    auto registration = store_.findRegistration(id);
    // Erased or never there: nothing is known that could tell the two from a wrong secret.
    if (!registration || !util::equalConstantTime(util::sha256(secret), registration->secret_hash))
        throw Problem(401, "there is no such registration with this secret: register again");
    seen_.deviceCalled(registration->id, clock_.wallMs());
    return std::move(*registration);
}

net::Response RegistrationApi::report(const net::Request& request, const std::string& id) {
    const store::Registration registration = authorize(request, id);
    const json body = parseObject(request);
    store::Report report;
    report.instance = requiredText(body, "backend", 64);
    if (!backends_.has(report.instance)) {
        std::string known;
        for (const auto& callback : backends_.callbacks())
            known += (known.empty() ? "" : ", ") + callback.instance;
        throw Problem(400, "\"backend\": there is no such instance; enabled are: " + known);
    }
    report.id_hash = util::sha256(requiredText(body, "subscription_id", kMostIdBytes));
    if (const auto folder = textField(body, "folder_id", kMostIdBytes, false))
        report.folder_hash = util::sha256(*folder);
    report.expires_at = timeField(body, "expires_at");
    report.unread = countField(body, "unread");
    report.now_ms = clock_.wallMs();
    switch (store_.report(id, report)) {
        case store::ReportResult::Accepted:
            break;
        case store::ReportResult::Replaced:
            throw Problem(409, "this subscription was replaced by a later one: subscribe again");
        case store::ReportResult::NotFound:
            throw Problem(404, "there is no such registration: register again");
    }
    if (registration.managed.id != 0) managed_.lookSoon();
    log_.info("a subscription was reported",
              {{"registration", registration.public_id}, {"backend", report.instance}});
    return noContent();
}

std::string stateJson(const store::Registration& registration, const registry::LifeClock& clock) {
    const registry::LifeCycle life = registry::lifeCycle(registration, clock);
    const store::Seen& seen = registration.seen;
    // Why the gateway cannot hold the subscription: the app is asked to subscribe itself.
    const bool failing = registration.managed.id != 0 && life.state == registry::State::Stale;
    const std::string& note =
        registration.note.empty() && failing ? registration.managed.problem : registration.note;
    const json state = {
        {"registration_id", registration.public_id},
        {"state", registry::name(life.state)},
        {"action", registry::name(life.action)},
        {"note", note.empty() ? json(nullptr) : json(note)},
        {"last_event_at", timeOrNull(seen.event_at)},
        {"last_push_at", timeOrNull(seen.push_at)},
        {"last_outcome", seen.outcome.empty() ? json(nullptr) : json(seen.outcome)}};
    return state.dump(-1, ' ', false, json::error_handler_t::replace);
}

net::Response RegistrationApi::state(const net::Request& request, const std::string& id) {
    const store::Registration registration = authorize(request, id);
    return jsonResponse(
        200, stateJson(registration, backends_.lifeClock(registration.subscription.instance)));
}

net::Response RegistrationApi::change(const net::Request& request, const std::string& id) {
    const store::Registration registration = authorize(request, id);
    const json body = parseObject(request);
    const auto os_version = textField(body, "os_version", kMostVersionBytes, false);
    const auto app_version = textField(body, "app_version", kMostVersionBytes, false);
    const auto token = textField(body, "device_token", kMostTokenBytes, false);
    if (!os_version && !app_version && !token)
        throw Problem(400,
                      "nothing to change: device_token, os_version or app_version is expected");
    bool found = true;
    if (token) {
        const provider::Provider* provider = providers_.forPlatform(registration.app->platform);
        if (provider == nullptr)
            throw Problem(503, "no enabled provider serves platform " + registration.app->platform);
        const provider::TokenCheck check = provider->checkToken(*token);
        if (!check.problem.empty()) throw Problem(400, "\"device_token\": " + check.problem);
        const auto tenant = store_.findTenant(registration.app->tenant);
        if (!tenant) throw Problem(404, "there is no such registration: register again");
        found = store_.changeToken(
            id, {check.normal, tokenKey(*tenant, check.normal), clock_.wallMs()});
    }
    if (found && (os_version || app_version))
        found = store_.changeVersions(id, os_version.value_or(registration.os_version),
                                      app_version.value_or(registration.app_version));
    if (!found) throw Problem(404, "there is no such registration: register again");
    return noContent();
}

net::Response RegistrationApi::remove(const net::Request& request, const std::string& id) {
    const store::Registration registration = authorize(request, id);
    if (!store_.removeRegistration(id))
        throw Problem(404, "there is no such registration: register again");
    if (registration.managed.id != 0) managed_.lookSoon();
    log_.info("a registration was removed", {{"registration", id}});
    return noContent();
}

}  // namespace postbell::api
