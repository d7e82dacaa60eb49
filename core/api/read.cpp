// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

#include <nlohmann/json.hpp>
#include "web/fields.h"
#include "web/registration_state.h"

namespace postbell::api {

net::Response read(const Parts& parts, const net::Request& request, const std::string& id) {
    const store::Registration registration = authorize(parts, request, id);
    const registry::LifeClock clock = parts.backends.lifeClock(registration.subscription.instance);
    return web::jsonResponse(200, web::dump(web::registrationState(registration, clock)));
}

}  // namespace postbell::api
