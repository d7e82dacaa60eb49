// SPDX-License-Identifier: Apache-2.0
// The part of /metrics about the store, the queues and the listeners: read at each scrape.
#pragma once
#include <prometheus/collectable.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "app/asker.h"
#include "app/listener_certificates.h"
#include "app/store_watch.h"
#include "backend/backend_host.h"
#include "dispatch/dispatcher.h"
#include "net/http_server.h"
#include "registry/sweeper.h"
#include "store/store.h"
#include "util/heartbeat.h"
#include "util/time.h"

namespace postbell::app {

/// Of a credential, used or not.
struct CredentialEnd {
    std::string tenant, app, provider, environment;
    util::WallTime expires_at;  ///< not set: it does not end
};

/// Thread-safe. The objects that the constructor takes must outlive it.
class GatewayMetrics final : public prometheus::Collectable {
  public:
    GatewayMetrics(store::Store& store, const StoreWatch& store_watch,
                   dispatch::Dispatcher& dispatcher, const backend::BackendHost& backends,
                   const registry::Census& census, const ListenerCertificates& certificates,
                   const log::Log& log, const util::Heartbeats& heartbeats,
                   std::vector<std::pair<std::string, const net::HttpServer*>> servers)
        : store_(store),
          store_watch_(store_watch),
          dispatcher_(dispatcher),
          backends_(backends),
          census_(census),
          certificates_(certificates),
          log_(log),
          heartbeats_(heartbeats),
          servers_(std::move(servers)) {}

    std::vector<prometheus::MetricFamily> Collect() const override;
    /// Waits for a look at the lanes and one at the store that have begun: afterwards both may go.
    void stop() {
        lanes_asker_.stop();
        store_asker_.stop();
    }

  private:
    static constexpr util::Milliseconds kPatience{2'000};

    std::vector<dispatch::LaneStatus> lanes() const;
    std::vector<CredentialEnd> credentialEnds() const;

    store::Store& store_;
    const StoreWatch& store_watch_;
    dispatch::Dispatcher& dispatcher_;
    const backend::BackendHost& backends_;
    const registry::Census& census_;
    const ListenerCertificates& certificates_;
    const log::Log& log_;
    const util::Heartbeats& heartbeats_;
    std::vector<std::pair<std::string, const net::HttpServer*>> servers_;
    mutable std::mutex ends_mutex_;
    mutable std::vector<CredentialEnd> ends_;  // as they were read last
    mutable Asker lanes_asker_{"lanes", kPatience};
    mutable Asker store_asker_{"expiries", kPatience};
};

}  // namespace postbell::app
