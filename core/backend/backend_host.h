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

#include "backend/backend_instance.h"
#include "net/http_server.h"
#include "registry/life_cycle.h"
#include "registry/seen_buffer.h"
#include "store/events.h"
#include "store/registrations.h"
#include "util/clock.h"
#include "util/trace.h"

namespace postbell::backend {

/// Immutable after the start; handle() is thread-safe.
class BackendHost {
  public:
    /// All of it outlives the host.
    struct Parts {
        store::Events& events;
        store::Registrations& registrations;
        registry::SeenBuffer& seen;
        const util::Clock& clock;
        log::Log& log;
    };
    BackendHost(const Parts& parts, prometheus::Registry& registry);
    ~BackendHost();
    BackendHost(const BackendHost&) = delete;
    BackendHost& operator=(const BackendHost&) = delete;

    void add(std::unique_ptr<plugin::BackendPlugin> plugin, unsigned pool_threads);
    /// The mailbox listener came up: silence before this says nothing.
    void listenerIsUp(std::int64_t now_ms) { up_since_ms_ = now_ms; }
    /// Called on the writer's thread when a mail server said something, by now durable, of a
    /// subscription that the gateway holds itself. To be set before the start.
    void onManagedChange(std::function<void()> hook) { mailbox_changed_ = std::move(hook); }

    /// The instances' plugins, which live as long as this.
    std::vector<plugin::BackendPlugin*> plugins() const;
    std::vector<CallbackDescription> callbacks() const;
    /// Of each instance: when a mail server was last heard, or when the listener came up.
    std::vector<std::pair<std::string, std::int64_t>> silentSince() const;
    bool has(std::string_view instance) const;
    TenantCallbacks tenantCallbacks(std::string_view instance) const;
    registry::LifeClock lifeClock(std::string_view instance) const;

    /// The mailbox listener's handler.
    void handle(net::Request&& request, net::Responder&& responder);
    /// Waits for what blocking backends are working on.
    void stop();

  private:
    struct Message;

    void work(BackendInstance& instance, const Message& message, const net::Request& request,
              net::Responder responder);
    void read(BackendInstance& instance, const Message& message, const net::Request& request,
              net::Responder& responder);
    std::int64_t lastCall(store::Id registration) const;

    const Parts parts_;
    BackendMetrics metrics_;
    util::TraceSource traces_;
    std::int64_t up_since_ms_ = 0;
    std::function<void()> mailbox_changed_;
    std::map<std::string, std::unique_ptr<BackendInstance>, std::less<>> instances_;
};

}  // namespace postbell::backend
