// SPDX-License-Identifier: Apache-2.0
#include "api/registration_api.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>

#include "api/calls.h"
#include "util/printable.h"
#include "web/problem.h"

namespace postbell::api {
namespace {

using web::Problem;
constexpr std::string_view kCollection = "/v1/registrations";
constexpr std::size_t kMaxReasonBytes = 256;
constexpr std::array kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};

}  // namespace

RegistrationApi::RegistrationApi(Parts parts, prometheus::Registry& registry,
                                 RegistrationSettings settings)
    : parts_(parts),
      settings_(std::move(settings)),
      lines_(parts_.clock, parts_.log),
      enrolment_(parts_, lines_, registry, settings_),
      changes_(settings_.changes_per_minute_per_registration),
      calls_(prometheus::BuildCounter()
                 .Name("postbell_registration_calls_total")
                 .Help("Calls of devices by method and status")
                 .Register(registry)) {
    // rate() sees the first increment of a series only if the series is there before.
    for (const char* method : kMethods)
        for (const char* status : {"401", "429", "503"})
            calls_.Add({{"method", method}, {"status", status}});
}

net::Response RegistrationApi::answer(const net::Request& request) {
    net::Response response;
    std::string reason;
    try {
        response = route(request);
    } catch (const Problem& problem) {
        response = problem.response();
        reason = problem.what();
    } catch (const store::StoreError& e) {
        parts_.log.warning("the store failed: a device is asked to try again",
                           {{"reason", e.what()}});
        response =
            web::problemResponse(503, "the gateway cannot use its store now: try again later");
    }
    const bool known =
        std::find(kMethods.begin(), kMethods.end(), request.method) != kMethods.end();
    const std::string method = known ? request.method : "other";
    calls_.Add({{"method", method}, {"status", std::to_string(response.status)}}).Increment();
    if (response.status >= 400 && parts_.log.enabled(log::Level::Debug))
        parts_.log.debug("a device's call was refused",
                         {{"method", method},
                          {"status", response.status},
                          {"peer", request.peer},
                          {"reason", util::printable(reason, kMaxReasonBytes)}});
    return response;
}

net::Response RegistrationApi::route(const net::Request& request) {
    const std::string_view path = request.path;
    const std::string& method = request.method;
    if (path == kCollection) {
        if (method == "POST") return enrolment_.answer(request);
        throw Problem::methodNotAllowed(method, "POST");
    }
    if (path.size() > kCollection.size() + 1 && path.starts_with(kCollection) &&
        path[kCollection.size()] == '/') {
        const std::string_view rest = path.substr(kCollection.size() + 1);
        const std::size_t slash = rest.find('/');
        const std::string id(rest.substr(0, slash));
        if (slash == std::string_view::npos) {
            if (method == "GET") return read(parts_, request, id);
            if (method == "PATCH") return change(parts_, changes_, request, id);
            if (method == "DELETE") return remove(parts_, lines_, request, id);
            throw Problem::methodNotAllowed(method, "GET, PATCH, DELETE");
        }
        if (rest.substr(slash) == "/subscription") {
            if (method == "PUT") return report(parts_, changes_, lines_, request, id);
            throw Problem::methodNotAllowed(method, "PUT");
        }
    }
    throw Problem(404, "there is nothing here: registrations are at /v1/registrations");
}

}  // namespace postbell::api
