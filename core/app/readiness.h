// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/store_watch.h"
#include "store/store.h"
#include "util/heartbeat.h"

namespace postbell::app {

/// A sentence on a database that is silent and on loops that hang; empty: none is. Never waits.
std::string hangs(const StoreWatch& store_watch, const util::Heartbeats& heartbeats);

/// Whether the gateway can do its work: its loops turn, and the store can be read and written.
/// Tries the store on a thread of its own, so that no probe waits for a disk. Thread-safe.
class Readiness {
  public:
    /// Gets an empty text, or a sentence on the part that is not ready.
    using Done = std::function<void(const std::string& problem)>;

    /// The references outlive this.
    Readiness(store::Store& store, const StoreWatch& store_watch,
              const util::Heartbeats& heartbeats);
    /// Answers callers that wait.
    ~Readiness();
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    /// Does not wait. `done` is called once: at once if a loop hangs or the database is silent,
    /// else on the other thread when the store was tried, which a database that hangs keeps from
    /// it.
    void ask(Done done);

  private:
    void run();
    std::string storeProblem();

    store::Store& store_;
    const StoreWatch& store_watch_;
    const util::Heartbeats& heartbeats_;
    std::mutex asking_mutex_;
    std::condition_variable asked_;
    std::vector<Done> asking_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses the members above
};

}  // namespace postbell::app
