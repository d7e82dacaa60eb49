// SPDX-License-Identifier: Apache-2.0
// The parts of the gateway behind its listeners, put together in the order in which data flows.
#pragma once
#include <prometheus/registry.h>

#include <memory>
#include <utility>
#include <vector>

#include "admin/admin_service.h"
#include "admin/operations.h"
#include "app/gateway_clock.h"
#include "app/open_store.h"
#include "app/stage.h"
#include "backend/backend_host.h"
#include "config/config.h"
#include "dispatch/channel/provider_networks.h"
#include "dispatch/dispatcher.h"
#include "engine/loop.h"
#include "managed/managed_host.h"
#include "provider/provider.h"
#include "store/store.h"
#include "util/heartbeat.h"

namespace postbell::app {

/// Threads for the calls of devices.
constexpr unsigned kRegistrationThreads = 16;

/// The store, the plugins, and sending. Nothing is served, and nothing is sent before
/// startSending(): enough for a command that runs while no gateway does. Belongs to one thread.
class GatewayParts {
  public:
    /// Opens the store and the plugins. Throws with a sentence for the admin.
    /// `state`: of a gateway, for admins; empty: these are the parts of a command.
    GatewayParts(const config::Config& config, StorePermit permit, log::Log& log,
                 admin::GatewayCommands::State state = {});
    ~GatewayParts();
    GatewayParts(const GatewayParts&) = delete;
    GatewayParts& operator=(const GatewayParts&) = delete;

    /// The mailbox listener is bound.
    void startSending();
    /// The listeners are closed: finishes the pushes in flight and the operations of admins, in
    /// bounded time. `stage` gets the part that is being stopped, here and below.
    void finish(Stage& stage);
    /// No caller is left.
    void close(Stage& stage);

    store::Store& store() { return *store_; }
    backend::BackendHost& backends() { return *backends_; }
    provider::ProviderHost& providers() { return providers_; }
    managed::ManagedHost& managed() { return *managed_; }
    dispatch::Dispatcher& dispatcher() { return *dispatcher_; }
    admin::AdminService& adminService() { return *admin_service_; }
    admin::Operations& operations() { return operations_; }
    prometheus::Registry& registry() { return registry_; }
    const GatewayClock& clock() const { return clock_; }
    /// Of all loops and workers of the gateway.
    util::Heartbeats& heartbeats() { return heartbeats_; }
    registry::LifeClock lifeClock(const store::Registration& registration) const;

  private:
    void openProviders();
    std::vector<std::pair<std::unique_ptr<plugin::BackendPlugin>, unsigned>> openBackends();
    plugin::PluginContext pluginContext();
    void openDispatcher();
    void tellSecretsMissing();
    void announceOutage();

    const config::Config& config_;
    log::Log& log_;
    const GatewayClock clock_;
    util::Heartbeats heartbeats_;
    prometheus::Registry registry_;
    std::unique_ptr<store::Store> store_;
    provider::ProviderHost providers_;
    std::unique_ptr<backend::BackendHost> backends_;
    std::unique_ptr<managed::ManagedHost> managed_;
    std::unique_ptr<engine::Loop> loop_;
    std::unique_ptr<dispatch::PoolOpener> pools_;
    std::unique_ptr<dispatch::ProviderNetworks> networks_;
    std::unique_ptr<dispatch::Dispatcher> dispatcher_;
    admin::Operations operations_;
    std::unique_ptr<admin::AdminService> admin_service_;
    bool closed_ = false;
};

}  // namespace postbell::app
