// SPDX-License-Identifier: Apache-2.0
// From a mail server's request to durable events: finds whom a callback is for, lets the backend
// read the message, stages what it found, and answers when that is committed.
#pragma once
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/staged_reply.h"
#include "net/http_server.h"
#include "plugin/backend_plugin.h"
#include "plugin/repeat_gate.h"
#include "registry/life_cycle.h"
#include "registry/seen_buffer.h"
#include "store/store.h"
#include "util/clock.h"
#include "util/trace.h"
#include "util/worker_pool.h"

namespace postbell::backend {

/// What the registration API says of an instance to an app.
struct CallbackDescription {
    std::string instance;
    std::int64_t heartbeat_ms = 0;  ///< 0: silence means nothing
    std::string members;            ///< a JSON object of the backend's own members; empty: none
};

/// Immutable after the start; handle() is thread-safe.
class BackendHost {
  public:
    BackendHost(store::Store& store, registry::SeenBuffer& seen, const util::Clock& clock,
                prometheus::Registry& registry, log::Log& log);
    ~BackendHost();

    void add(std::unique_ptr<plugin::BackendPlugin> plugin, unsigned pool_threads);
    /// The mailbox listener came up: silence before this says nothing.
    void listenerIsUp(std::int64_t now_ms) { up_since_ms_ = now_ms; }
    /// What to do when a mail server said something of a subscription that the gateway holds
    /// itself; called on the writer's thread, once it is durable. To be set before the start.
    void onManagedChange(std::function<void()> hook) { managed_changed_ = std::move(hook); }
    /// The instances with their plugins, which live as long as this.
    std::vector<plugin::BackendPlugin*> plugins() const;
    std::vector<CallbackDescription> callbacks() const;
    /// Of each instance: when a mail server was last heard, or when the listener came up.
    std::vector<std::pair<std::string, std::int64_t>> silentSince() const;
    bool has(std::string_view instance) const;
    registry::LifeClock lifeClock(std::string_view instance) const;

    /// The mailbox listener's handler.
    void handle(net::Request&& request, net::Responder&& responder);
    /// Waits for what blocking backends are working on.
    void stop();

  private:
    struct Instance;
    struct Match;

    void work(Instance& instance, const Match& match, net::Request request,
              net::Responder responder);
    std::int64_t lastCall(store::Id registration) const;
    void noteDuration(Instance& instance, std::int64_t took_us);
    void answer(const Instance& instance, const Match& match, StagedReply& reply,
                postbell_status status, net::Responder responder);

    store::Store& store_;
    registry::SeenBuffer& seen_;
    const util::Clock& clock_;
    log::Log& log_;
    prometheus::Family<prometheus::Counter>& notifications_;
    prometheus::Family<prometheus::Counter>& events_;
    prometheus::Family<prometheus::Gauge>& last_;
    prometheus::Family<prometheus::Histogram>& durable_;
    util::TraceSource traces_;
    plugin::RepeatGate problems_;
    std::int64_t up_since_ms_ = 0;
    std::function<void()> managed_changed_;
    std::map<std::string, std::unique_ptr<Instance>, std::less<>> instances_;
};

}  // namespace postbell::backend
