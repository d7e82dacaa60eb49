// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "util/worker_pool.h"

namespace postbell::provider {

/// Threads that encode pushes beside the loop, once they are wanted. Thread-safe.
class EncoderThreads {
  public:
    /// Does nothing where they run already.
    void start() {
        std::call_once(started_, [this] {
            pool_ = std::make_unique<util::WorkerPool>(kThreads, kMaxQueued);
            running_.store(pool_.get(), std::memory_order_release);
        });
    }
    bool running() const { return running_.load(std::memory_order_acquire) != nullptr; }
    /// False, and `work` is left alone: too much is waiting. Precondition: running().
    bool tryPost(std::function<void()>& work) {
        return running_.load(std::memory_order_acquire)->tryPost(work);
    }

  private:
    static constexpr unsigned kThreads = 2;
    /// Each credential waits for one push at a time.
    static constexpr std::size_t kMaxQueued = 10'000;

    std::once_flag started_;
    std::unique_ptr<util::WorkerPool> pool_;
    std::atomic<util::WorkerPool*> running_ = nullptr;
};

}  // namespace postbell::provider
