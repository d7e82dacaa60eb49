// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>
#include "api/registration_fields.h"
#include "util/crypto.h"
#include "web/fields.h"

namespace postbell::api {
namespace {

std::string instanceField(const backend::BackendHost& backends, const nlohmann::json& body) {
    std::string instance = web::requiredText(body, "backend", kMaxInstanceBytes);
    if (backends.has(instance)) return instance;
    std::string known;
    for (const auto& callback : backends.callbacks())
        known += (known.empty() ? "" : ", ") + callback.instance;
    throw web::Problem(400, "\"backend\": there is no such instance; enabled are: " + known);
}

void setFolder(store::Report& report, const backend::BackendHost& backends,
               const std::string& folder) {
    const std::string canonical = backends.canonicalFolder(report.instance, folder);
    report.folder_canonical = !canonical.empty();
    report.folder_hash = util::sha256(report.folder_canonical ? canonical : folder);
}

}  // namespace

net::Response report(const Parts& parts, RateLimiter& changes, CallLines& lines,
                     const net::Request& request, const std::string& id) {
    const store::Registration registration = authorizeChange(parts, changes, request, id);
    const nlohmann::json body = web::parseObject(request);
    store::Report report;
    report.instance = instanceField(parts.backends, body);
    report.id_hash = util::sha256(web::requiredText(body, "subscription_id", kMaxIdBytes));
    if (const auto folder = web::optionalText(body, "folder_id", kMaxIdBytes))
        setFolder(report, parts.backends, *folder);
    report.expires_at = web::optionalTime(body, "expires_at").value_or(util::WallTime());
    report.unread = countField(body, "unread");
    report.now = parts.clock.wall();
    if (util::isSet(report.expires_at) && report.expires_at <= report.now)
        web::refuse("expires_at", "is in the past: the subscription has ended, subscribe again");
    switch (parts.registrations.report(id, report)) {
        case store::ReportResult::Accepted:
            break;
        case store::ReportResult::Replaced:
            throw web::Problem(409,
                               "this subscription was replaced by a later one: subscribe again");
        case store::ReportResult::NotFound:
            refuseAsErased();
    }
    lines.write(registration.app->id, "a subscription was reported",
                {{"registration", registration.public_id}, {"backend", report.instance}});
    return noContent();
}

}  // namespace postbell::api
