// SPDX-License-Identifier: Apache-2.0
// The part of /metrics about the store, the queues and the listeners: read at each scrape.
#pragma once
#include <prometheus/collectable.h>

#include <string>
#include <utility>
#include <vector>

#include "backend/backend_host.h"
#include "dispatch/dispatcher.h"
#include "net/http_server.h"
#include "registry/sweeper.h"
#include "store/store.h"

namespace postbell::app {

/// Thread-safe. The objects that the constructor takes must outlive it.
class GatewayMetrics final : public prometheus::Collectable {
  public:
    GatewayMetrics(store::Store& store, dispatch::Dispatcher& dispatcher,
                   const backend::BackendHost& backends, const registry::Census& census,
                   const util::Clock& clock, const log::Log& log,
                   std::vector<std::pair<std::string, const net::HttpServer*>> servers)
        : store_(store),
          dispatcher_(dispatcher),
          backends_(backends),
          census_(census),
          clock_(clock),
          log_(log),
          servers_(std::move(servers)) {}

    std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    store::Store& store_;
    dispatch::Dispatcher& dispatcher_;
    const backend::BackendHost& backends_;
    const registry::Census& census_;
    const util::Clock& clock_;
    const log::Log& log_;
    std::vector<std::pair<std::string, const net::HttpServer*>> servers_;
};

}  // namespace postbell::app
