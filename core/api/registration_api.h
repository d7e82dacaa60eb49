// SPDX-License-Identifier: Apache-2.0
// The API of devices: /v1/registrations.
#pragma once
#include "api/call_lines.h"
#include "api/enrolment.h"
#include "api/parts.h"
#include "net/http_server.h"

namespace prometheus {
class Counter;
template <class T>
class Family;
class Registry;
}  // namespace prometheus

namespace postbell::api {

/// answer() is thread-safe and blocks until its writes are durable.
class RegistrationApi {
  public:
    RegistrationApi(Parts parts, prometheus::Registry& registry, RegistrationSettings settings);

    net::Response answer(const net::Request& request);

  private:
    net::Response route(const net::Request& request);

    const Parts parts_;
    const RegistrationSettings settings_;
    CallLines lines_;
    Enrolment enrolment_;
    RateLimiter changes_;
    prometheus::Family<prometheus::Counter>& calls_;
};

}  // namespace postbell::api
