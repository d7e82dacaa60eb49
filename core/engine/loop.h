// SPDX-License-Identifier: Apache-2.0
// One thread that runs an event loop.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/host_lookup.h"
#include "log/log.h"
#include "util/clock.h"
#include "util/heartbeat.h"

namespace boost::asio {
class io_context;
}

namespace postbell::engine {

class DeviceConnections;
class TrustCache;

struct LoopOptions {
    std::string name = "engine";  ///< of the thread: 15 characters at most
    /// Gets the loop's heartbeat, under the same name; outlives the loop. Null: unread.
    util::Heartbeats* heartbeats = nullptr;
    /// Where work that throws is named: it costs itself, and the loop goes on. Null: standard
    /// error.
    log::Log* log = nullptr;
    HostLookup::Resolver resolver = systemResolver;
    LookupShares lookups;
    /// Apart from the former, for names that devices gave: a flood of slow ones delays no other
    /// name.
    LookupShares device_lookups{24, 8, 4, 2, 250, 4, 2};
    std::size_t device_connections = 1'000;
};

/// A timer of a Loop, which must outlive it. Cancelled by destruction; on return the function will
/// not run. Confined to the loop's thread.
class Timer {
  public:
    Timer() = default;
    ~Timer();
    Timer(Timer&&) noexcept;
    Timer& operator=(Timer&&) noexcept;
    bool armed() const;

  private:
    friend class Loop;
    struct State;
    std::shared_ptr<State> state_;
};

/// post() and stop() are thread-safe; the rest belongs to the loop's thread.
class Loop {
  public:
    /// Starts the thread. `clock` scales the timers, and must outlive the loop.
    explicit Loop(const util::Clock& clock, const LoopOptions& options = {});
    /// Stops, then joins.
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // A wake-up that was lost would never be made up for: without memory, these wait for some.

    /// Runs `work` on the loop's thread, in the order of the calls. Work that is posted after
    /// stop() is dropped.
    void post(std::function<void()> work);
    /// Runs `work` on the loop's thread and returns when it has run; its exception is thrown here.
    /// Runs it inline if called on that thread, and once the loop has stopped: then no other thread
    /// touches objects confined to it.
    void runAndWait(std::function<void()> work);
    /// Calls `work` once, `delay` of the clock from now.
    [[nodiscard]] Timer after(util::Milliseconds delay, std::function<void()> work);
    /// Calls `work` at the end of this turn of the loop, after the handlers that are ready now.
    void atEndOfTurn(std::function<void()> work);
    bool onThread() const;
    /// Returns at once; the handler that is running finishes.
    void stop();

    boost::asio::io_context& context() { return *context_; }
    const util::Clock& clock() const { return clock_; }
    HostLookup& lookups() { return lookups_; }
    /// For the hosts of origins that devices named.
    HostLookup& deviceLookups() { return device_lookups_; }
    DeviceConnections& deviceConnections() { return *device_connections_; }
    TrustCache& trust() { return *trust_; }

  private:
    struct BeatTimer;

    void run();
    void beat();
    void runPosted();
    void runAll(std::vector<std::function<void()>>& works);
    void noteFailure(const char* reason) const;
    void runEndOfTurn();
    void runInstead(const std::function<void()>& work);

    const util::Clock& clock_;
    const std::unique_ptr<boost::asio::io_context> context_;
    // Before the look-ups, whose threads may post until these are gone.
    std::mutex mutex_;  // guards the next three; never held while work runs
    std::vector<std::function<void()>> posted_;
    bool stopped_ = false;
    bool ended_ = false;
    HostLookup lookups_;
    HostLookup device_lookups_;
    const std::unique_ptr<DeviceConnections> device_connections_;
    const std::unique_ptr<TrustCache> trust_;
    log::Log* const log_;
    util::Heartbeat unread_;  ///< beats where no registry is given
    util::Heartbeat& heartbeat_;
    const std::unique_ptr<BeatTimer> beat_timer_;
    std::vector<std::function<void()>> end_of_turn_, ending_;  // the loop's thread only
    std::vector<std::function<void()>> running_;               // the loop's thread only
    std::condition_variable changed_;
    std::mutex instead_mutex_;  // one at a time stands in for a thread that has ended
    std::atomic<std::thread::id> owner_;
    std::thread thread_;
};

}  // namespace postbell::engine
