// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "certificates.h"
#include "listener.h"
#include "openssl_ptr.h"
#include "worker.h"

namespace http2_simulator {

/// The port that pushes come to, and its threads. Public functions are thread-safe.
class Server {
  public:
    /// Binds, and starts the threads. Throws std::runtime_error.
    Server(Services& services, const ServerCertificate& certificate);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const { return listener_->port(); }

    /// A fault that acts now, on one connection or on all.
    void strike(std::shared_ptr<const FaultAction> action, std::optional<std::uint64_t> connection);
    /// Takes back what lasts: refused connections, a stream limit for everyone.
    void calm();

  private:
    void accept(int fd);
    void onEveryLoop(const std::function<void(Worker&)>& call);

    Services& services_;
    SslCtxPtr tls_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::unique_ptr<Listener> listener_;
    std::uint64_t last_connection_ = 0;
    /// Counts refusals, so that the end of an earlier one does not end a later.
    std::uint64_t refusals_ = 0;
};

}  // namespace http2_simulator
