// SPDX-License-Identifier: Apache-2.0
// One backend plugin at work: its routes, the threads that it runs on, and how it behaves there.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "backend/addressee.h"
#include "backend/backend_metrics.h"
#include "backend/callback_shares.h"
#include "backend/reading.h"
#include "backend/route_table.h"
#include "backend/staged_reply.h"
#include "log/log.h"
#include "log/repeat_gate.h"
#include "net/http_server.h"
#include "plugin/backend_plugin.h"
#include "util/clock.h"
#include "util/real_time.h"
#include "util/trace.h"
#include "util/worker_pool.h"

namespace postbell::backend {

/// An instance as the registration API describes it to apps.
struct CallbackDescription {
    std::string instance;
    util::Milliseconds heartbeat{0};  ///< zero: silence means nothing
    std::string members;              ///< a JSON object of the backend's own members; empty: none
    bool has_url = true;  ///< false: mail servers notify on a tenant's callback, not on the app's
};

/// Whether whole mail servers notify an instance, on a tenant's callback.
enum class TenantCallbacks { None, Served, ServedWithSecret };

/// Thread-safe.
class BackendInstance {
  public:
    /// The references must outlive this.
    BackendInstance(std::unique_ptr<plugin::BackendPlugin> plugin, unsigned pool_threads,
                    BackendMetrics& metrics, const util::Clock& clock, log::Log& log);

    const std::string& name() const { return description_.instance; }
    const CallbackDescription& description() const { return description_; }
    const RouteTable& routes() const { return routes_; }
    const BackendMetrics::Instance& metrics() const { return metrics_; }
    plugin::BackendPlugin& plugin() { return *plugin_; }

    TenantCallbacks tenantCallbacks() const;
    /// Null: the plugin's calls run on the listener's thread, since it promised never to block.
    util::WorkerPool* pool() const { return runs_in_; }
    CallbackShares& shares() { return shares_; }
    /// Counts a message that found the pool full, or its callback's share of it, and says so in the
    /// log.
    void overloaded();
    /// Lets the plugin read a message. A plugin that breaks its promise is moved to a pool.
    Reading handle(const net::Request& request, const Addressee& to, StagedReply& reply);
    /// Writes the trouble with a message, whose answer was `answer`, into the log.
    void complain(const Reading& reading, const Staged& staged, int answer, util::Trace trace);
    /// The store could not be read for a message, which is answered 503. Says so in the log.
    void storeFailed(std::string_view reason, util::Trace trace);
    /// A message waited for the store so long. On the listener's thread that moves the instance's
    /// next messages to a pool, since all tenants' mail servers waited with it.
    void noteReading(util::RealTime::duration took);
    /// Waits for the messages in the pool.
    void stop();

  private:
    /// A line that a mail server could cause at will.
    void say(log::Level level, const char* kind, std::string_view reason,
             std::initializer_list<log::Field> fields);
    void complain(const Reading& reading, std::string_view sentence, const std::string& trace);
    void moveToPool();
    void noteDuration(util::RealTime::duration took);

    const std::unique_ptr<plugin::BackendPlugin> plugin_;
    const RouteTable routes_;
    const CallbackDescription description_;
    const unsigned pool_threads_;
    const BackendMetrics::Instance metrics_;
    const util::Clock& clock_;
    log::Log& log_;
    CallbackShares shares_;  // before the pool, whose messages give their places back
    std::mutex pool_mutex_;  // guards the making of the pool
    std::unique_ptr<util::WorkerPool> pool_;
    std::atomic<util::WorkerPool*> runs_in_{nullptr};
    log::RepeatGate gate_;
};

}  // namespace postbell::backend
