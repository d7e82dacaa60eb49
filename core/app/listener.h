// SPDX-License-Identifier: Apache-2.0
// The gateway's listeners, each from its section of the config.
#pragma once
#include <functional>

#include "config/config.h"
#include "log/log.h"
#include "net/http_server.h"
#include "util/heartbeat.h"
#include "util/worker_pool.h"

namespace postbell::app {

/// Belongs to one thread.
class Listener {
  public:
    /// Opens the socket. Throws if the address or a TLS file cannot be used. The references outlive
    /// this.
    Listener(const config::ListenerConfig& config, net::Handler handler,
             util::Heartbeats& heartbeats, log::Log& log);

    void start() { server_.start(); }
    const config::ListenerConfig& config() const { return config_; }
    /// As HttpServer's.
    void reloadTls() { server_.reloadTls(); }
    /// Answers the requests that came in, for a bounded time.
    void stop();
    const net::HttpServer& server() const { return server_; }

  private:
    const config::ListenerConfig& config_;
    net::HttpServer server_;
};

/// Answers each request on a thread of `workers`, since `answer` may wait for a commit; one whose
/// answer is not wanted any more when its turn comes, as that of a client that is gone, is not
/// begun: it has had no effect. An exception of `answer` ends
/// that request (500) and no other. The references outlive the handler.
net::Handler onWorkers(util::WorkerPool& workers, log::Log& log,
                       std::function<net::Response(const net::Request&)> answer);

}  // namespace postbell::app
