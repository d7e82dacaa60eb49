// SPDX-License-Identifier: Apache-2.0
// When registrations were last seen: kept in memory and written in passing, since it may be lost
// without harm.
#pragma once
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "store/store.h"

namespace postbell::registry {

/// Thread-safe.
class SeenBuffer {
  public:
    explicit SeenBuffer(store::Store& store) : store_(store) {}

    void deviceCalled(store::Id registration, std::int64_t now_ms);
    void heard(store::Id registration, std::int64_t now_ms, bool meant_a_push);
    void pushed(store::Id registration, std::int64_t now_ms, std::string_view outcome);
    void nudged(store::Id registration, std::int64_t now_ms);
    void forget(store::Id registration);

    /// Brings what is not written yet into a registration that was read from the store.
    void bringUpToDate(store::Registration& registration) const;

    /// Hands at most `most` entries to the store; to be called about once a second.
    void flush(std::size_t most);

  private:
    store::Seen& at(store::Id registration) { return fresh_[registration]; }

    store::Store& store_;
    mutable std::mutex mutex_;
    std::unordered_map<store::Id, store::Seen> fresh_;
    std::unordered_map<store::Id, store::Seen>
        handed_over_;  // by the last flush, may not be readable yet
};

}  // namespace postbell::registry
