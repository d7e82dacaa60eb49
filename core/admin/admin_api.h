// SPDX-License-Identifier: Apache-2.0
// The admin listener: the admin API, /metrics, /healthz and /readyz.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "admin/command.h"
#include "log/log.h"
#include "net/http_server.h"

namespace prometheus {
class Collectable;
class Registry;
}  // namespace prometheus

namespace postbell::admin {

/// answer() is thread-safe; it blocks while a call runs.
class AdminApi {
  public:
    struct Settings {
        std::string token;
        /// The listener's address is a loopback one, so the Host must be, too: against DNS
        /// rebinding.
        bool loopback = true;
    };
    /// Runs a command: see AdminService::call().
    using Call =
        std::function<Json(const std::string& name, const Json& arguments, const std::string& who)>;
    /// `readiness`: gives an empty text, or a sentence on the part that is not ready.
    AdminApi(Call call, prometheus::Registry& registry, std::function<std::string()> readiness,
             log::Log& log, Settings settings);

    /// Adds metrics to /metrics. To be called before the first answer().
    void alsoCollect(std::shared_ptr<prometheus::Collectable> more) { more_ = std::move(more); }

    net::Response answer(const net::Request& request);

  private:
    net::Response route(const net::Request& request);
    net::Response call(const net::Request& request, const std::string& name);

    const Call call_;
    prometheus::Registry& registry_;
    std::function<std::string()> readiness_;
    log::Log& log_;
    Settings settings_;
    std::shared_ptr<prometheus::Collectable> more_;
};

}  // namespace postbell::admin
