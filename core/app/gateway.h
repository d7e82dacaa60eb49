// SPDX-License-Identifier: Apache-2.0
// The gateway: every part, put together in the order in which data flows.
#pragma once
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin/admin_api.h"
#include "admin/admin_service.h"
#include "admin/operations.h"
#include "api/registration_api.h"
#include "app/command_listener.h"
#include "app/gateway_clock.h"
#include "app/listener.h"
#include "app/listener_certificates.h"
#include "app/maintenance.h"
#include "app/open_store.h"
#include "app/readiness.h"
#include "app/service_manager.h"
#include "app/stage.h"
#include "app/watchdog.h"
#include "backend/backend_host.h"
#include "config/config.h"
#include "dispatch/dispatcher.h"
#include "dispatch/provider_networks.h"
#include "engine/loop.h"
#include "managed/managed_host.h"
#include "provider/provider.h"
#include "store/seen_ledger.h"
#include "store/store.h"
#include "util/heartbeat.h"
#include "util/worker_pool.h"

namespace postbell::app {

class GatewayMetrics;

/// Belongs to one thread.
class Gateway {
  public:
    /// Opens the store and the plugins. Nothing is served and nothing is sent yet: enough for a
    /// command that runs while no gateway does. Throws with a sentence for the admin.
    Gateway(const config::Config& config, StorePermit permit, log::Log& log);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    admin::AdminService& adminService() { return *admin_service_; }

    /// Opens the listeners and begins to send. Throws if an address or a TLS file cannot be used.
    /// `manager` must outlive the gateway.
    void serve(const ServiceManager& manager);
    /// For SIGHUP: reopens the log file, reads the TLS certificates again, and writes the admin
    /// token's file again if it is gone.
    void reload();
    /// Answers the requests that came in, finishes the pushes in flight, and stores their outcomes.
    /// Bounded in time, unless a loop hangs; `stage` gets the part that is being stopped.
    void stop(Stage* stage = nullptr);
    /// Of all loops of the gateway.
    const util::Heartbeats& heartbeats() const { return heartbeats_; }

  private:
    void openProviders();
    std::vector<std::pair<std::unique_ptr<plugin::BackendPlugin>, unsigned>> openBackends();
    plugin::PluginContext pluginContext();
    void openListeners();
    void openCommandListener();
    /// `who`: as the audit trail names those who call.
    net::Handler adminHandler(const std::string& who);
    void tellSecretsMissing();
    registry::LifeClock lifeClock(const store::Registration& registration) const;
    void restoreAdminToken();
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
    std::unique_ptr<api::RegistrationApi> registration_api_;
    std::unique_ptr<admin::AdminApi> admin_api_;
    std::unique_ptr<util::WorkerPool> registration_workers_;
    std::unique_ptr<util::WorkerPool> admin_workers_;
    std::unique_ptr<util::WorkerPool> metrics_workers_;
    std::unique_ptr<Readiness> readiness_;
    std::unique_ptr<Listener> mailbox_listener_, registration_listener_, admin_listener_;
    std::unique_ptr<CommandListener> command_listener_;
    std::shared_ptr<GatewayMetrics> metrics_;
    registry::Census census_;
    ListenerCertificates certificates_;
    std::unique_ptr<Maintenance> maintenance_;
    std::unique_ptr<Watchdog> watchdog_;
    std::string admin_token_;
    bool serving_ = false;
};

}  // namespace postbell::app
