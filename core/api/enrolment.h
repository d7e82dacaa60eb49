// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "api/address_limiter.h"
#include "api/call_lines.h"
#include "api/enrolment_alarm.h"
#include "api/parts.h"
#include "api/rate_limiter.h"
#include "net/http_server.h"

namespace postbell::api {

/// POST /v1/registrations: a device registers, or renews its registration. Thread-safe; blocks
/// until the registration is durable.
class Enrolment {
  public:
    Enrolment(const Parts& parts, CallLines& lines, prometheus::Registry& registry,
              const RegistrationSettings& settings);

    net::Response answer(const net::Request& request);

  private:
    /// Secrets of a new registration: the app gets them, the store their hashes.
    struct Secrets {
        std::string secret, callback, proof;
    };
    store::EnrolledApp authorize(const net::Request& request);
    store::NewRegistration read(const store::App& app, const nlohmann::json& body) const;
    store::Registered enrol(const store::EnrolledApp& app, store::NewRegistration& wanted);
    [[noreturn]] void refuse(store::RegistrationRefusal why, const store::App& app,
                             bool key_is_replaced);
    nlohmann::json callbacks(const Secrets& secrets) const;

    const Parts& parts_;
    CallLines& lines_;
    const RegistrationSettings& settings_;
    AddressLimiter per_address_;
    KeyedRateLimiter<store::Id> new_per_app_;
    RateLimiter per_account_;
    EnrolmentAlarm alarm_;
};

}  // namespace postbell::api
