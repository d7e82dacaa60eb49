// SPDX-License-Identifier: Apache-2.0
// Goes round the registrations and asks the apps of those that must renew or resubscribe to come
// by.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "registry/life_cycle.h"
#include "store/events.h"
#include "store/registrations.h"
#include "store/seen_ledger.h"

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
    using LifeClockOf = std::function<LifeClock(const store::Registration&)>;
    /// The references outlive the sweeper and every commit.
    Sweeper(store::Registrations& registrations, store::Events& events, store::SeenLedger& seen,
            LifeClockOf life_clock_of, Census& census)
        : registrations_(registrations),
          events_(events),
          seen_(seen),
          life_clock_of_(std::move(life_clock_of)),
          census_(census) {}

    /// Looks at the next `rows` registrations, and asks at most `nudges` apps: a fleet that went
    /// stale together is not woken together. Returns how many it asked.
    std::size_t step(std::size_t rows, std::size_t nudges);

  private:
    store::Registrations& registrations_;
    store::Events& events_;
    store::SeenLedger& seen_;
    LifeClockOf life_clock_of_;
    Census& census_;
    Census::Counts counts_;  // of this round
    store::Id after_ = 0;
};

}  // namespace postbell::registry
