// SPDX-License-Identifier: Apache-2.0
// The part of /metrics about the store, the queues and the listeners: read at each scrape.
#pragma once
#include <prometheus/collectable.h>

#include <string>
#include <utility>
#include <vector>

#include "app/listener_certificates.h"
#include "backend/backend_host.h"
#include "dispatch/dispatcher.h"
#include "net/http_server.h"
#include "registry/sweeper.h"
#include "store/store.h"
#include "util/heartbeat.h"
#include "util/worker_pool.h"

namespace postbell::app {

/// Thread-safe. The objects that the constructor takes must outlive it.
class GatewayMetrics final : public prometheus::Collectable {
  public:
    GatewayMetrics(store::Store& store, dispatch::Dispatcher& dispatcher,
                   const backend::BackendHost& backends, const registry::Census& census,
                   const ListenerCertificates& certificates, const log::Log& log,
                   const util::Heartbeats& heartbeats,
                   std::vector<std::pair<std::string, const net::HttpServer*>> servers)
        : store_(store),
          dispatcher_(dispatcher),
          backends_(backends),
          census_(census),
          certificates_(certificates),
          log_(log),
          heartbeats_(heartbeats),
          servers_(std::move(servers)) {}

    std::vector<prometheus::MetricFamily> Collect() const override;
    /// Waits for a look at the lanes that has begun: afterwards the dispatcher may go.
    void stop() { asker_.stop(); }

  private:
    std::vector<dispatch::LaneStatus> lanes() const;

    store::Store& store_;
    dispatch::Dispatcher& dispatcher_;
    const backend::BackendHost& backends_;
    const registry::Census& census_;
    const ListenerCertificates& certificates_;
    const log::Log& log_;
    const util::Heartbeats& heartbeats_;
    std::vector<std::pair<std::string, const net::HttpServer*>> servers_;
    mutable util::WorkerPool asker_{1, 1, "lanes"};
};

}  // namespace postbell::app
