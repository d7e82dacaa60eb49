// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "app/admin_socket.h"
#include "config/config.h"
#include "log/log.h"
#include "net/http_server.h"
#include "util/heartbeat.h"

namespace postbell::app {

/// Serves commands on the admin socket. Belongs to one thread.
class CommandListener {
  public:
    /// Throws as AdminSocket does. The references outlive this.
    CommandListener(const config::Config& config, net::Handler handler,
                    util::Heartbeats& heartbeats, log::Log& log);

    void start() { server_.start(); }
    /// Answers the requests that came in, for a bounded time.
    void stop();

  private:
    AdminSocket socket_;
    net::HttpServer server_;
};

}  // namespace postbell::app
