// SPDX-License-Identifier: Apache-2.0
// What devices call: /v1/registrations.
#pragma once
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <nlohmann/json.hpp>

#include <string>

#include "api/problem.h"
#include "api/rate_limiter.h"
#include "backend/backend_host.h"
#include "managed/managed_host.h"
#include "net/http_server.h"
#include "provider/provider.h"
#include "registry/seen_buffer.h"
#include "store/store.h"
#include "util/clock.h"

namespace postbell::api {

struct RegistrationSettings {
    std::string region;
    std::string mailbox_url;  ///< public URL of the mailbox listener, without a slash at its end
    std::int64_t check_every_seconds = 300;
    std::uint32_t registrations_per_minute_per_address = 0;  ///< 0: no limit
    std::uint32_t registrations_per_minute_per_app = 0;
};

/// answer() is thread-safe and blocks until what it wrote is durable.
class RegistrationApi {
  public:
    RegistrationApi(store::Store& store, registry::SeenBuffer& seen,
                    const backend::BackendHost& backends, const provider::ProviderHost& providers,
                    managed::ManagedHost& managed, const util::Clock& clock,
                    prometheus::Registry& registry, log::Log& log, RegistrationSettings settings);

    net::Response answer(const net::Request& request);

  private:
    net::Response route(const net::Request& request);
    net::Response registerDevice(const net::Request& request);
    net::Response report(const net::Request& request, const std::string& id);
    net::Response state(const net::Request& request, const std::string& id);
    net::Response change(const net::Request& request, const std::string& id);
    net::Response remove(const net::Request& request, const std::string& id);
    void claimMailbox(const nlohmann::json& body, store::NewRegistration& wanted);
    store::Registration authorize(const net::Request& request, const std::string& id);
    std::string tokenKey(const store::Tenant& tenant, const std::string& token) const;
    std::string callbacks(const std::string& token, const std::string& proof) const;

    store::Store& store_;
    registry::SeenBuffer& seen_;
    const backend::BackendHost& backends_;
    const provider::ProviderHost& providers_;
    managed::ManagedHost& managed_;
    const util::Clock& clock_;
    log::Log& log_;
    const RegistrationSettings settings_;
    RateLimiter per_address_;
    RateLimiter per_app_;
    prometheus::Family<prometheus::Counter>& calls_;
};

/// What GET /v1/registrations/{id} says, for devices and for the admin alike.
std::string stateJson(const store::Registration& registration, const registry::LifeClock& clock);

}  // namespace postbell::api
