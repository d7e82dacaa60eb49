// SPDX-License-Identifier: Apache-2.0
// The backend instances, and the way of a mail server's request to the one that it is for.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend_instance.h"
#include "backend/message_reader.h"
#include "backend/uptime.h"
#include "net/http_server.h"
#include "registry/life_cycle.h"
#include "store/events.h"
#include "store/registrations.h"
#include "store/writer/seen_ledger.h"
#include "util/clock.h"
#include "util/trace.h"

namespace prometheus {
class Registry;
}  // namespace prometheus

namespace postbell::backend {

/// Immutable after the start; handle() is thread-safe. Before the host is destroyed, the store is
/// flushed: an answer is followed by notes of its message.
class BackendHost {
  public:
    /// All of them outlive the host.
    struct Parts {
        store::Events& events;
        store::Registrations& registrations;
        store::SeenLedger& seen;
        const util::Clock& clock;
        log::Log& log;
    };
    BackendHost(const Parts& parts, prometheus::Registry& registry);
    ~BackendHost();
    BackendHost(const BackendHost&) = delete;
    BackendHost& operator=(const BackendHost&) = delete;

    void add(std::unique_ptr<plugin::BackendPlugin> plugin, unsigned pool_threads);
    /// When an earlier run of the gateway was last alive; not set: never. Before the start.
    void noteLastAlive(util::WallTime last_alive) { away_since_ = last_alive; }
    /// The mailbox listener came up: silence before this point means nothing.
    void noteListenerUp() { up_since_ = parts_.clock.steady(); }
    /// The gateway's absence before the listener came up, or until now while there is none.
    struct Outage {
        std::string instance;
        util::Milliseconds away{0};
        util::WallTime until;
    };
    /// Of each instance whose mail servers try again for a shorter time, and then drop their
    /// subscriptions.
    std::vector<Outage> outages() const;

    /// The instances' plugins, which live as long as the host.
    std::vector<plugin::BackendPlugin*> plugins() const;
    std::vector<CallbackDescription> callbacks() const;
    /// For each instance: since a mail server was last heard, or since the listener came up.
    std::vector<std::pair<std::string, util::Milliseconds>> silences() const;
    bool has(std::string_view instance) const;
    /// The canonical form of a folder's id that an app reported; empty: the id has none.
    std::string canonicalFolder(std::string_view instance, std::string_view id) const;
    TenantCallbacks tenantCallbacks(std::string_view instance) const;
    /// Of an instance that there is no more: silence on it means nothing.
    registry::LifeClock lifeClock(std::string_view instance) const;

    /// The mailbox listener's handler.
    void handle(net::Request&& request, net::Responder&& responder);
    /// Waits for the messages that blocking backends are reading.
    void stop();

  private:
    void refuse(const net::Request& request, net::Responder& responder, std::string_view instance,
                const RouteTable::Refusal& refusal) const;
    Uptime uptime(util::WallTime now) const;
    registry::LifeClock lifeClock(util::Milliseconds heartbeat) const;

    const Parts parts_;
    BackendMetrics metrics_;
    util::TraceSource traces_;
    util::WallTime away_since_;
    util::SteadyTime up_since_;  // not set: the listener is not up
    const MessageReader reader_;
    std::map<std::string, std::unique_ptr<BackendInstance>, std::less<>> instances_;
};

}  // namespace postbell::backend
