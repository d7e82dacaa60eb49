// SPDX-License-Identifier: Apache-2.0
// A few threads for work that blocks, behind a queue that has an end.
#pragma once
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "util/exception_text.h"
#include "util/heartbeat.h"
#include "util/named_thread.h"

namespace postbell::util {

/// Thread-safe, apart from stop().
class WorkerPool {
  public:
    /// The threads are called NAME-0 and so on, 15 characters at most, and beat under that name.
    /// `heartbeats` outlives the pool; null: unread.
    WorkerPool(unsigned threads, std::size_t queue_limit, const std::string& name = "worker",
               Heartbeats* heartbeats = nullptr)
        : queue_limit_(queue_limit) {
        threads_.reserve(threads);  // a thread that runs and has no place would end the process
        try {
            for (unsigned i = 0; i < threads; ++i) {
                const std::string thread = name + "-" + std::to_string(i);
                Heartbeat& heartbeat = (heartbeats != nullptr ? *heartbeats : unread_).add(thread);
                threads_.push_back(startThread(thread, [this, &heartbeat] { run(heartbeat); }));
            }
        } catch (...) {
            stop();  // those that were started use this object
            throw;
        }
    }
    ~WorkerPool() { stop(); }
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// False, and `work` is left alone: the queue is full, or the pool has stopped.
    bool tryPost(std::function<void()>& work) {
        {
            const std::lock_guard lock(queue_mutex_);
            if (stopped_ || queue_.size() >= queue_limit_) return false;
            queue_.push_back(std::move(work));
        }
        wake_.notify_one();
        return true;
    }

    /// Does all queued work, then ends the threads.
    void stop() {
        {
            const std::lock_guard lock(queue_mutex_);
            stopped_ = true;
        }
        wake_.notify_all();
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }

  private:
    void run(Heartbeat& heartbeat) {
        std::unique_lock lock(queue_mutex_);
        for (;;) {
            heartbeat.waiting();
            wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
            if (queue_.empty()) return;
            const std::function<void()> work = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            heartbeat.beat();
            runGuarded(work, heartbeat.name());
            lock.lock();
        }
    }

    /// The last barrier: callers handle the errors of their work, and know where to tell them.
    static void runGuarded(const std::function<void()>& work, const std::string& thread) noexcept {
        try {
            work();
        } catch (...) {
            std::fprintf(stderr, "postbell: work of the thread %s failed: %s\n", thread.c_str(),
                         exceptionText());
        }
    }

    const std::size_t queue_limit_;
    Heartbeats unread_;
    std::mutex queue_mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace postbell::util
