// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>
#include "api/registration_fields.h"
#include "web/fields.h"
#include "web/registration_state.h"

namespace postbell::api {

net::Response read(const Parts& parts, const net::Request& request, const std::string& id) {
    const store::Registration registration = authorize(parts, request, id);
    const registry::LifeClock clock = parts.backends.lifeClock(registration.subscription.instance);
    nlohmann::json state = web::registrationState(registration, clock, web::Reader::App);
    try {
        const auto token = parts.registrations.findDeviceToken(registration.id);
        if (!token) refuseAsErased();
        state["device_token_hash"] = tokenHash(*token);
    } catch (const store::UnopenedRow&) {
        state["device_token_hash"] = nullptr;  // the app sends its own, which mends the row
    }
    return web::jsonResponse(200, web::dump(state));
}

}  // namespace postbell::api
