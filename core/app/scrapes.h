// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "log/log.h"
#include "net/http_server.h"
#include "util/worker_pool.h"

namespace postbell::app {

/// Answers /metrics: one collection for all requests that wait when it begins, since each looks at
/// everything. Thread-safe.
class Scrapes {
  public:
    /// Requests that wait; beyond: 503. Each gets a copy of the answer.
    static constexpr std::size_t kMaxWaiting = 256;

    /// `collect` runs on a thread of `workers`, which has one; the references outlive this and the
    /// pool's work.
    Scrapes(util::WorkerPool& workers, std::function<net::Response()> collect, log::Log& log)
        : workers_(workers), collect_(std::move(collect)), log_(log) {}

    /// Does not wait.
    void answer(net::Responder&& responder);

  private:
    void collectForAll();

    util::WorkerPool& workers_;
    const std::function<net::Response()> collect_;
    log::Log& log_;
    std::mutex waiting_mutex_;
    std::vector<net::Responder>
        waiting_;  // not empty: a collection for them is in the pool's queue
};

}  // namespace postbell::app
