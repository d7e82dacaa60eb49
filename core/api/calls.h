// SPDX-License-Identifier: Apache-2.0
// The calls of a device about its registration. Each throws web::Problem, or StoreError. `id`: the
// registration's, from the path.
#pragma once
#include <string>

#include "api/call_lines.h"
#include "api/parts.h"
#include "api/rate_limiter.h"
#include "net/http_server.h"

namespace postbell::api {

/// The registration, if the request carries its secret.
store::Registration authorize(const Parts& parts, const net::Request& request,
                              const std::string& id);

/// As authorize(), for a call that writes: throws Problem 429 if the registration has made its
/// share of changes.
store::Registration authorizeChange(const Parts& parts, RateLimiter& changes,
                                    const net::Request& request, const std::string& id);

/// PUT .../subscription
net::Response report(const Parts& parts, RateLimiter& changes, CallLines& lines,
                     const net::Request& request, const std::string& id);
/// GET
net::Response read(const Parts& parts, const net::Request& request, const std::string& id);
/// PATCH
net::Response change(const Parts& parts, RateLimiter& changes, const net::Request& request,
                     const std::string& id);
/// DELETE
net::Response remove(const Parts& parts, CallLines& lines, const net::Request& request,
                     const std::string& id);

/// 404: the registration was erased since the call was authorized.
[[noreturn]] void refuseAsErased();
/// 409: see store::kMaxRegistrationsPerDevice.
[[noreturn]] void refuseAsCrowded();
net::Response noContent();

}  // namespace postbell::api
