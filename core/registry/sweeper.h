// SPDX-License-Identifier: Apache-2.0
// Goes round the registrations: nudges the apps that must renew or resubscribe, and ends unused
// registrations.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "registry/life_cycle.h"
#include "store/events.h"
#include "store/registrations.h"

namespace postbell::registry {

/// How many registrations there are, by the instance that they reported on and by state: as of the
/// sweeper's last whole round. Thread-safe.
class Census {
  public:
    using Counts = std::map<std::pair<std::string, State>, std::size_t>;
    Counts read() const {
        const std::lock_guard lock(counts_mutex_);
        return counts_;
    }
    void publish(Counts counts) {
        const std::lock_guard lock(counts_mutex_);
        counts_ = std::move(counts);
    }

  private:
    mutable std::mutex counts_mutex_;
    Counts counts_;
};

/// Confined to one thread.
class Sweeper {
  public:
    struct Step {
        std::size_t nudged = 0;
        std::size_t ended = 0;
    };
    /// The references outlive the sweeper and every commit. `waiting_ends_after`: a registration
    /// that was never reported on ends when its app has not called for so long; zero: never.
    Sweeper(store::Registrations& registrations, store::Events& events, LifeClockOf life_clock_of,
            Census& census, util::Milliseconds waiting_ends_after)
        : registrations_(registrations),
          events_(events),
          life_clock_of_(std::move(life_clock_of)),
          census_(census),
          waiting_ends_after_(waiting_ends_after) {}

    /// Looks at the next `rows` registrations, and nudges at most `nudges` apps: a fleet that
    /// went stale together is not woken together. Does nothing while the last nudges are committed.
    /// Ends at most kMaxEnded: events wait for that commit.
    Step step(std::size_t rows, std::size_t nudges);
    static constexpr std::size_t kMaxEnded = 200;

  private:
    bool hasEnded(const store::Registration& registration, const LifeClock& clock) const;

    store::Registrations& registrations_;
    store::Events& events_;
    LifeClockOf life_clock_of_;
    Census& census_;
    const util::Milliseconds waiting_ends_after_;
    /// Of the nudges on their way to the store. They are noted there with their commit, and a look
    /// before that would nudge the same apps again.
    std::weak_ptr<const void> committing_;
    Census::Counts counts_;  // of this round
    store::Id after_ = 0;
};

}  // namespace postbell::registry
