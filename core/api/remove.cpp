// SPDX-License-Identifier: Apache-2.0
#include "api/calls.h"

namespace postbell::api {

net::Response remove(const Parts& parts, const net::Request& request, const std::string& id) {
    authorize(parts, request, id);
    if (!parts.registrations.removeRegistration(id)) refuseAsErased();
    parts.log.info("a registration was removed", {{"registration", id}});
    return noContent();
}

}  // namespace postbell::api
