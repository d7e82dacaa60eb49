// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace http2_simulator {

/// What stands behind a file descriptor that an EventLoop watches.
class EventHandler {
  public:
    virtual ~EventHandler() = default;
    /// `events` as epoll gives them. May unwatch and close; the object itself goes in a posted
    /// call.
    virtual void onEvents(std::uint32_t events) = 0;
};

/// One thread's epoll. All but post() and stop() belong to the thread in run().
class EventLoop {
  public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    void run();
    void stop();

    void watch(int fd, EventHandler& handler, std::uint32_t events);
    void change(int fd, EventHandler& handler, std::uint32_t events);
    void unwatch(int fd);
    /// Runs `call` in the loop's thread after the events at hand. Thread-safe.
    void post(std::function<void()> call);
    void after(std::int64_t delay_ms, std::function<void()> call);

  private:
    int nextTimeoutMs() const;
    void runTimers();
    void runPosted();

    int epoll_fd_;
    int wake_fd_;
    std::multimap<std::int64_t, std::function<void()>> timers_;
    std::mutex posted_mutex_;
    std::vector<std::function<void()>> posted_;
    bool stopped_ = false;
};

}  // namespace http2_simulator
