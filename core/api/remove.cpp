// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

namespace postbell::api {

net::Response remove(const Parts& parts, CallLines& lines, const net::Request& request,
                     const std::string& id) {
    const store::Registration registration = authorize(parts, request, id);
    if (!parts.registrations.removeRegistration(id)) refuseAsErased();
    lines.write(registration.app->id, "a registration was removed", {{"registration", id}});
    return noContent();
}

}  // namespace postbell::api
