// SPDX-License-Identifier: Apache-2.0
#include "app/gateway_state.h"

#include <nlohmann/json.hpp>

#include <chrono>

#include "app/surroundings.h"
#include "store/records/environment.h"
#include "web/fields.h"

namespace postbell::app {
namespace {

using nlohmann::json;

constexpr util::RealSpan kDispatcherPatience = std::chrono::seconds(5);

json certificatesOf(const ListenerCertificates& certificates) {
    json all = json::array();
    for (const ListenerCertificates::Served& served : certificates.served())
        all.push_back({{"listener", served.listener},
                       {"fingerprint", web::textOrNull(served.fingerprint)},
                       {"expires_at", web::timeOrNull(served.expires)}});
    return all;
}

/// Null: the dispatcher hangs, as readiness says.
json failingOrigins(dispatch::Dispatcher& dispatcher) {
    const auto failures = dispatcher.failures(kDispatcherPatience);
    if (!failures) return nullptr;
    json all = json::array();
    for (const dispatch::LaneFailure& failure : *failures)
        all.push_back({{"tenant", failure.tenant},
                       {"app", failure.app},
                       {"environment", store::environmentName(failure.environment)},
                       {"origin", failure.origin},
                       {"reason", failure.why}});
    return all;
}

}  // namespace

json gatewayState(const ListenerCertificates& certificates, const store::Store& store,
                  dispatch::Dispatcher& dispatcher) {
    return {{"certificates", certificatesOf(certificates)},
            {"master_key_fingerprint", store.masterKeyFingerprint()},
            {"open_files", descriptorLimit()},
            {"failing_origins", failingOrigins(dispatcher)}};
}

}  // namespace postbell::app
