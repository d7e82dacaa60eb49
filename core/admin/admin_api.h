// SPDX-License-Identifier: Apache-2.0
// The admin listener: the admin API, /metrics, /healthz and /readyz.
#pragma once
#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <string>

#include "admin/admin_service.h"
#include "net/http_server.h"

namespace postbell::admin {

/// The bearer token of the admin API: read from `file`, or made there at the first start (32 random
/// bytes, mode 0600). Throws std::runtime_error if others may read the file, or it cannot be made.
std::string readOrMakeToken(const std::string& file);

/// answer() is thread-safe; it blocks while a call runs.
class AdminApi {
  public:
    struct Settings {
        std::string token;
        bool loopback =
            true;  ///< the listener's address is one: the Host must be, too (against DNS rebinding)
    };
    /// `readiness`: an empty text, or what is not ready.
    AdminApi(AdminService& service, prometheus::Registry& registry,
             std::function<std::string()> readiness, log::Log& log, Settings settings);

    /// Shows on /metrics beside the registry. Before the first answer().
    void alsoCollect(std::shared_ptr<prometheus::Collectable> more) { more_ = std::move(more); }

    net::Response answer(const net::Request& request);

  private:
    net::Response route(const net::Request& request);
    net::Response call(const net::Request& request, const std::string& name);

    AdminService& service_;
    prometheus::Registry& registry_;
    std::function<std::string()> readiness_;
    log::Log& log_;
    Settings settings_;
    std::shared_ptr<prometheus::Collectable> more_;
};

}  // namespace postbell::admin
