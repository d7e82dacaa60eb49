// SPDX-License-Identifier: Apache-2.0
// The admin listener: the admin API, /metrics, /healthz and /readyz.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "admin/command.h"
#include "admin/operations.h"
#include "admin/refused_calls.h"
#include "net/http_server.h"

namespace prometheus {
class Collectable;
class Registry;
}  // namespace prometheus

namespace postbell::admin {

/// Thread-safe.
class AdminApi {
  public:
    struct Settings {
        std::string token;
        /// The listener's address is a loopback one, so the Host must be, too: against DNS
        /// rebinding.
        bool loopback = true;
    };
    /// Runs a command: see AdminService::call().
    using Call = std::function<Json(const std::string& name, const Json& arguments,
                                    const std::string& who, const Finish& finish)>;
    /// Calls its argument once, now or later, with an empty text or a sentence on the part that is
    /// not ready. Does not wait.
    using ReadinessDone = std::function<void(const std::string& problem)>;
    using Readiness = std::function<void(ReadinessDone done)>;
    /// The references outlive this.
    AdminApi(Call call, RefusedCalls& refused, Operations& operations,
             prometheus::Registry& registry, Readiness readiness, Settings settings);

    /// Adds metrics to /metrics. To be called before the first answer().
    void alsoCollect(std::shared_ptr<prometheus::Collectable> more) { more_ = std::move(more); }

    /// Answers /healthz and /readyz without waiting, and takes the responder. False: the request
    /// is for answer().
    bool answerHealth(const net::Request& request, net::Responder& responder);
    /// Blocks while a short call runs, or metrics are collected. A call that takes long is begun,
    /// and answered with 202 and the operation. `who` makes the calls: see AdminService::call().
    net::Response answer(const net::Request& request, const std::string& who);

    /// All metrics, as /metrics gives them. Blocks while they are collected.
    net::Response metrics();
    /// False: a web page may have named another host, to reach a listener on loopback.
    bool hostIsAllowed(const net::Request& request) const;

  private:
    net::Response route(const net::Request& request, const std::string& who);
    net::Response call(const net::Request& request, const std::string& name,
                       const std::string& who);
    void requireToken(const net::Request& request, const std::string& who);

    const Call call_;
    RefusedCalls& refused_;
    Operations& operations_;
    prometheus::Registry& registry_;
    const Readiness readiness_;
    Settings settings_;
    std::shared_ptr<prometheus::Collectable> more_;
};

}  // namespace postbell::admin
