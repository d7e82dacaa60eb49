// SPDX-License-Identifier: Apache-2.0
// What /metrics says of the store, the queues and the listeners: read when it is asked for.
#pragma once
#include <prometheus/collectable.h>

#include <string>
#include <utility>
#include <vector>

#include "dispatch/dispatcher.h"
#include "net/http_server.h"
#include "store/store.h"

namespace postbell::app {

/// Thread-safe. What it refers to must outlive it.
class GatewayMetrics final : public prometheus::Collectable {
  public:
    GatewayMetrics(store::Store& store, dispatch::Dispatcher& dispatcher,
                   std::vector<std::pair<std::string, const net::HttpServer*>> servers)
        : store_(store), dispatcher_(dispatcher), servers_(std::move(servers)) {}

    std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    store::Store& store_;
    dispatch::Dispatcher& dispatcher_;
    std::vector<std::pair<std::string, const net::HttpServer*>> servers_;
};

}  // namespace postbell::app
