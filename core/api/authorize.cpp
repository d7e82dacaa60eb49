// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"
#include "util/crypto.h"
#include "web/problem.h"

namespace postbell::api {

store::Registration authorize(const Parts& parts, const net::Request& request,
                              const std::string& id) {
    const std::string secret =
        web::bearer(request, "the registration's secret is missing (Authorization: Bearer ...)");
    auto registration = parts.registrations.findRegistration(id);
    // An erased registration cannot be told from a wrong secret.
    if (!registration || !util::equalConstantTime(util::sha256(secret), registration->secret_hash))
        throw web::Problem(401, "there is no such registration with this secret: register again");
    parts.seen.deviceCalled(registration->id, parts.clock.wall());
    return std::move(*registration);
}

store::Registration authorizeChange(const Parts& parts, RateLimiter& changes,
                                    const net::Request& request, const std::string& id) {
    store::Registration registration = authorize(parts, request, id);
    if (!changes.allow(id, parts.clock.steady()))
        throw web::Problem(429, "too many changes of this registration: try again in a minute");
    return registration;
}

void refuseAsErased() {
    throw web::Problem(404, "there is no such registration: register again");
}

void refuseAsCrowded() {
    throw web::Problem(409, "this device has " + std::to_string(store::kMaxRegistrationsPerDevice) +
                                " registrations of this app, which is the most: delete those that "
                                "it needs no more");
}

net::Response noContent() {
    net::Response response;
    response.status = 204;
    return response;
}

}  // namespace postbell::api
