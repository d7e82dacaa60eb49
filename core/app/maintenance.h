// SPDX-License-Identifier: Apache-2.0
// Chores that are due now and then, on a thread of its own.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

#include "app/expiry_notices.h"
#include "app/wall_clock_watch.h"
#include "log/log.h"
#include "log/repeat_gate.h"
#include "log/seldom.h"
#include "registry/sweeper.h"
#include "store/store.h"
#include "util/clock.h"
#include "util/heartbeat.h"

namespace postbell::app {

/// Works from construction to destruction: asks apps to renew, ends registrations that wait for
/// nothing, announces credentials that end, follows files and the
/// wall clock, and marks that the gateway is alive.
class Maintenance {
  public:
    /// `follow_files` is called each minute.
    Maintenance(store::Store& store, registry::LifeClockOf life_clock_of, registry::Census& census,
                util::Milliseconds waiting_ends_after, std::function<void()> follow_files,
                const util::Clock& clock, log::Log& log, util::Heartbeats& heartbeats);
    ~Maintenance();
    Maintenance(const Maintenance&) = delete;
    Maintenance& operator=(const Maintenance&) = delete;

  private:
    void run();
    template <class Chore>
    void attempt(const Chore& chore);
    void complain(std::string_view sentence, std::string_view reason);
    void sweep();
    void markAlive();
    void announceExpiry();

    store::Store& store_;
    store::Credentials& credentials_;
    store::Directory& directory_;
    registry::Sweeper sweeper_;
    std::size_t ended_ = 0;  // registrations, since the last line about them
    log::Seldom<util::SteadyTime> ended_lines_;
    const std::function<void()> follow_files_;
    const util::Clock& clock_;
    log::Log& log_;
    util::Heartbeat& heartbeat_;
    WallClockWatch wall_clock_;
    util::SteadyTime next_mark_, next_expiry_check_, next_files_look_;
    ExpiryNotices expiry_notices_;
    log::RepeatGate complaints_;
    std::mutex stop_mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses the members above
};

}  // namespace postbell::app
