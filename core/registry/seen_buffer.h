// SPDX-License-Identifier: Apache-2.0
// When registrations were last seen: kept in memory and written in passing, since it may be lost
// without harm.
#pragma once
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/store.h"

namespace postbell::registry {

/// Thread-safe.
class SeenBuffer {
  public:
    /// The store's only seen sink, until destruction.
    explicit SeenBuffer(store::Store& store);
    ~SeenBuffer();
    SeenBuffer(const SeenBuffer&) = delete;
    SeenBuffer& operator=(const SeenBuffer&) = delete;

    void deviceCalled(store::Id registration, std::int64_t now_ms);
    void heard(store::Id registration, std::int64_t now_ms, bool meant_a_push);
    void pushed(store::Id registration, std::int64_t now_ms, std::string_view outcome);
    void nudged(store::Id registration, std::int64_t now_ms);
    void forget(store::Id registration);

    /// Brings what is not written yet into a registration that was read from the store.
    void bringUpToDate(store::Registration& registration) const;

    /// Hands at most `most` entries to the store; to be called about once a second, and fewer while
    /// the store has not written those of before.
    void flush(std::size_t most);
    /// Hands everything to the store: at the end.
    void flushAll();

  private:
    /// An entry is kept beyond its commit for one flush to the next, for whoever read the store
    /// before the commit and comes here after it.
    enum class Place { Queued, Written, Readable };
    struct HandedOver {
        store::Seen seen;
        Place place = Place::Queued;
    };

    using Row = std::pair<store::Id, store::Seen>;

    store::Seen& at(store::Id registration) { return fresh_[registration]; }
    void handOver(const Row& row, std::vector<Row>& batch);
    void written(std::span<const Row> rows);
    void forgetReadable();

    store::Store& store_;
    mutable std::mutex mutex_;
    std::unordered_map<store::Id, store::Seen> fresh_;
    std::unordered_map<store::Id, HandedOver> handed_over_;  // may not be readable yet
};

}  // namespace postbell::registry
