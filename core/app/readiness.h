// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"
#include "util/heartbeat.h"
#include "util/real_time.h"

namespace postbell::app {

/// Whether the gateway can do its work: its loops turn, and the store can be read and written.
/// Tries the store on a thread of its own, so that no probe waits for a disk. Thread-safe.
class Readiness {
  public:
    /// Gets an empty text, or a sentence on the part that is not ready.
    using Done = std::function<void(const std::string& problem)>;

    Readiness(store::Store& store, const util::Heartbeats& heartbeats);
    /// Answers callers that wait.
    ~Readiness();
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    /// Does not wait. `done` is called once: at once if a loop hangs or the store has been silent
    /// for seconds, else on the other thread when the store was tried.
    void ask(Done done);

  private:
    void run();
    std::string storeProblem();

    store::Store& store_;
    const util::Heartbeats& heartbeats_;
    std::mutex asking_mutex_;
    std::condition_variable asked_;
    std::vector<Done> asking_;
    util::RealTime trying_since_;  ///< unset: the store is not being tried
    bool stopping_ = false;
    std::thread thread_;  // last: it uses the members above
};

}  // namespace postbell::app
