// SPDX-License-Identifier: Apache-2.0
// Signs of life of the threads that run a loop, for a watchdog to read.
#pragma once
#include <atomic>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "util/real_time.h"
#include "util/time.h"

namespace postbell::util {

/// The sign of life of one thread. The thread beats at each turn of its loop and says when it waits
/// for work: a wait is healthy, however long. A beat is a read of the clock and two stores, no
/// lock. Written by that thread, read by any.
class Heartbeat {
  public:
    /// A moment of the thread. `task` may be the one of the turn before or after.
    struct Pulse {
        std::string name;
        std::optional<RealTime> working_since;  ///< the last beat; nothing while the thread waits
        const char* task = "";
    };

    explicit Heartbeat(std::string name) : name_(std::move(name)) {}
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;

    /// A turn begins: the thread works from now on.
    void beat(const char* task = "") { beatAt(realNow(), task); }
    /// As beat(), with the time at hand.
    void beatAt(RealTime now, const char* task = "") {
        task_.store(task, std::memory_order_relaxed);
        working_since_.store(now.time_since_epoch().count(), std::memory_order_release);
    }
    /// Within a turn: the part of the work that begins. `task` is a literal.
    void doing(const char* task) { task_.store(task, std::memory_order_relaxed); }
    /// The thread is about to block until there is work, or its loop has ended.
    void waiting() { working_since_.store(kWaiting, std::memory_order_release); }

    const std::string& name() const { return name_; }
    Pulse read() const {
        Pulse pulse{name_, std::nullopt, ""};
        const RealTime::rep since = working_since_.load(std::memory_order_acquire);
        if (since == kWaiting) return pulse;
        pulse.working_since = RealTime(RealTime::duration(since));
        pulse.task = task_.load(std::memory_order_relaxed);
        return pulse;
    }

  private:
    static constexpr RealTime::rep kWaiting = -1;  // no moment since the machine's start

    const std::string name_;
    std::atomic<RealTime::rep> working_since_{kWaiting};
    std::atomic<const char*> task_{""};
};

/// All heartbeats of a process. Outlives the threads that beat. Thread-safe.
class Heartbeats {
  public:
    /// A heartbeat that lives as long as this, at first waiting.
    Heartbeat& add(std::string name) {
        const std::lock_guard lock(all_mutex_);
        return all_.emplace_back(std::move(name));
    }

    std::vector<Heartbeat::Pulse> read() const {
        const std::lock_guard lock(all_mutex_);
        std::vector<Heartbeat::Pulse> pulses;
        for (const Heartbeat& heartbeat : all_) pulses.push_back(heartbeat.read());
        return pulses;
    }

    /// The heartbeats whose turn has lasted longer than it may, at `now`. `limit_of`: how long the
    /// turn of a thread of that name may last.
    template <class LimitOf>
    std::vector<Heartbeat::Pulse> stuck(RealTime now, LimitOf limit_of) const {
        std::vector<Heartbeat::Pulse> pulses = read();
        std::erase_if(pulses, [&](const Heartbeat::Pulse& pulse) {
            return !pulse.working_since || now - *pulse.working_since <= limit_of(pulse.name);
        });
        return pulses;
    }

  private:
    mutable std::mutex all_mutex_;
    std::list<Heartbeat> all_;  // its elements stay where they are
};

}  // namespace postbell::util
