// SPDX-License-Identifier: Apache-2.0
// Notices loops that hang.
#pragma once
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/service_manager.h"
#include "log/log.h"
#include "util/heartbeat.h"
#include "util/time.h"

namespace postbell::app {

/// The loops that have worked on one turn for longer than a loop of their kind may.
std::vector<util::Heartbeat::Pulse> hangingLoops(const util::Heartbeats& heartbeats,
                                                 util::RealTime now);
/// "the loop engine has hung for 12 seconds"; empty: none hangs.
std::string sayHanging(const std::vector<util::Heartbeat::Pulse>& hanging, util::RealTime now);

/// Looks at the heartbeats each second, on a thread of its own: logs a loop that hangs once, and
/// tells the service manager that the process lives only while none does.
class Watchdog {
  public:
    Watchdog(const util::Heartbeats& heartbeats, const ServiceManager& manager, log::Log& log);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

  private:
    void run();
    void look();

    const util::Heartbeats& heartbeats_;
    const ServiceManager& manager_;
    log::Log& log_;
    std::set<std::string> told_;
    std::mutex stop_mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses the members above
};

}  // namespace postbell::app
