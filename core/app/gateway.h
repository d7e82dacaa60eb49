// SPDX-License-Identifier: Apache-2.0
// The gateway in service: its listeners, and the work that goes on while they are open.
#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "admin/admin_api.h"
#include "admin/refused_calls.h"
#include "api/registration_api.h"
#include "app/command_listener.h"
#include "app/egress_roots.h"
#include "app/gateway_parts.h"
#include "app/listener.h"
#include "app/listener_certificates.h"
#include "app/maintenance.h"
#include "app/readiness.h"
#include "app/scrapes.h"
#include "app/service_manager.h"
#include "app/store_watch.h"
#include "app/watchdog.h"
#include "util/worker_pool.h"

namespace postbell::app {

class GatewayMetrics;

/// Belongs to one thread.
class Gateway {
  public:
    /// Opens the parts; nothing is served yet. Throws with a sentence for the admin.
    Gateway(const config::Config& config, StorePermit permit, log::Log& log);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    /// Opens the listeners and begins to send. Throws if an address or a TLS file cannot be used.
    /// `manager` must outlive the gateway.
    void serve(const ServiceManager& manager);
    /// For SIGHUP: reopens the log file, reads the TLS certificates and the trusted roots again,
    /// and writes the admin token's file again if it is gone.
    void reload();
    /// Answers the requests that came in, finishes the pushes in flight, and stores their outcomes.
    /// Bounded in time, unless a loop hangs; `stage` gets the part that is being stopped.
    void stop(Stage& stage);
    /// A sentence on the parts that hang; empty: none does. Any thread may ask.
    std::string hangs() { return app::hangs(store_watch_, parts_.heartbeats()); }

  private:
    void openListeners();
    void openCommandListener();
    /// The calls of one listener, on threads of its own. `who`: the callers' name in the audit
    /// trail.
    net::Handler adminHandler(util::WorkerPool& workers, const std::string& who);
    /// Takes requests that need no worker. False: it left the request alone.
    bool answerHealth(const net::Request& request, net::Responder& responder);
    /// TLS files and trusted roots that were changed on disk are used from now on.
    void followFiles();
    void restoreAdminToken();

    const config::Config& config_;
    log::Log& log_;
    GatewayParts parts_;
    StoreWatch store_watch_;
    std::unique_ptr<api::RegistrationApi> registration_api_;
    std::unique_ptr<admin::RefusedCalls> refused_calls_;
    std::unique_ptr<admin::AdminApi> admin_api_;
    std::unique_ptr<util::WorkerPool> registration_workers_;
    std::unique_ptr<util::WorkerPool> admin_workers_, command_workers_;
    std::unique_ptr<util::WorkerPool> metrics_workers_;
    std::unique_ptr<Scrapes> scrapes_;
    std::unique_ptr<Readiness> readiness_;
    std::unique_ptr<Listener> mailbox_listener_, registration_listener_, admin_listener_;
    std::unique_ptr<CommandListener> command_listener_;
    std::shared_ptr<GatewayMetrics> metrics_;
    registry::Census census_;
    ListenerCertificates certificates_;
    EgressRoots roots_;
    std::unique_ptr<Maintenance> maintenance_;
    std::unique_ptr<Watchdog> watchdog_;
    std::string admin_token_;
    std::atomic<bool> started_ = false;  // admins' calls are answered
    bool serving_ = false, stopped_ = false;
};

}  // namespace postbell::app
