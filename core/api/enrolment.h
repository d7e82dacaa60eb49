// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "api/parts.h"
#include "api/rate_limiter.h"
#include "net/http_server.h"

namespace postbell::api {

/// POST /v1/registrations: a device registers, or renews its registration. Thread-safe; blocks
/// until the registration is durable.
class Enrolment {
  public:
    Enrolment(const Parts& parts, const RegistrationSettings& settings);

    net::Response answer(const net::Request& request);

  private:
    /// Secrets of a new registration: the app gets them, the store their hashes.
    struct Secrets {
        std::string secret, callback, proof;
    };
    store::App authorize(const net::Request& request);
    store::NewRegistration read(const store::App& app, const nlohmann::json& body) const;
    nlohmann::json callbacks(const Secrets& secrets) const;

    const Parts& parts_;
    const RegistrationSettings& settings_;
    RateLimiter per_address_;
    RateLimiter per_app_;
};

}  // namespace postbell::api
