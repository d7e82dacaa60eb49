// SPDX-License-Identifier: Apache-2.0
// One backend plugin at work: its routes, the threads that it runs on, and how it behaves there.
#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "backend/backend_metrics.h"
#include "backend/route_table.h"
#include "log/log.h"
#include "plugin/backend_plugin.h"
#include "plugin/repeat_gate.h"
#include "util/real_time.h"
#include "util/trace.h"
#include "util/worker_pool.h"

namespace postbell::backend {

/// What the registration API says of an instance to an app.
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
    BackendInstance(std::unique_ptr<plugin::BackendPlugin> plugin, unsigned pool_threads,
                    BackendMetrics& metrics, log::Log& log);

    const std::string& name() const { return description_.instance; }
    const CallbackDescription& description() const { return description_; }
    const RouteTable& routes() const { return routes_; }
    const BackendMetrics::Instance& metrics() const { return metrics_; }
    plugin::BackendPlugin& plugin() { return *plugin_; }

    TenantCallbacks tenantCallbacks() const;
    /// Null: its calls run on the listener's thread, since it promised never to block.
    util::WorkerPool* pool() const { return runs_in_; }
    /// The pool is full. The log hears of it.
    void overloaded();
    /// Lets the plugin read a message. One that breaks its promise is moved to a pool.
    postbell_status handle(const postbell_request& request, postbell_reply* reply);
    /// Writes the plugin's status and sentence into the log, at most once a minute for each kind of
    /// trouble. `sentence` may be empty.
    void complain(postbell_status status, std::string_view sentence, util::Trace trace);
    /// A message of a whole mail server named so many recipients that some were left out.
    void reachedTooMany(util::Trace trace);
    /// The store could not be read for a message, which is answered 503. The log hears of it at
    /// most once a minute for each reason.
    void storeFailed(std::string_view reason, util::Trace trace);
    /// Waits for what the pool is working on.
    void stop();

  private:
    bool isToBeTold(std::string_view line);
    void moveToPool();
    void noteDuration(util::RealTime::duration took);

    const std::unique_ptr<plugin::BackendPlugin> plugin_;
    const RouteTable routes_;
    const CallbackDescription description_;
    const unsigned pool_threads_;
    const BackendMetrics::Instance metrics_;
    log::Log& log_;
    std::mutex pool_mutex_;  // guards the making of it
    std::unique_ptr<util::WorkerPool> pool_;
    std::atomic<util::WorkerPool*> runs_in_{nullptr};
    /// Of lines of the log that a mail server could cause at will.
    plugin::RepeatGate told_;
};

}  // namespace postbell::backend
