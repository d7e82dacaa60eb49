// SPDX-License-Identifier: Apache-2.0
// Goes round the registrations and asks the apps of those that must renew or resubscribe to come
// by.
#pragma once
#include <cstddef>
#include <functional>

#include "registry/life_cycle.h"
#include "registry/seen_buffer.h"
#include "store/store.h"

namespace postbell::registry {

/// Confined to one thread.
class Sweeper {
  public:
    using LifeClockOf = std::function<LifeClock(const store::Registration&)>;
    Sweeper(store::Store& store, SeenBuffer& seen, LifeClockOf life_clock_of)
        : store_(store), seen_(seen), life_clock_of_(std::move(life_clock_of)) {}

    /// Looks at the next `rows` registrations, and asks at most `nudges` apps: a fleet that went
    /// stale together is not woken together. Returns how many it asked.
    std::size_t step(std::size_t rows, std::size_t nudges);

  private:
    store::Store& store_;
    SeenBuffer& seen_;
    LifeClockOf life_clock_of_;
    store::Id after_ = 0;
};

}  // namespace postbell::registry
