// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

#include "store/records/basics.h"
#include "store/records/dedup_keys.h"

namespace postbell::store {

/// Recognises a message that is sent again. The keys of a registration's last events are in its
/// pending row, and after the row is gone here, for the registrations that had events most
/// recently. Not thread-safe.
class RecentKeys {
  public:
    explicit RecentKeys(std::size_t capacity) : capacity_(capacity) {}

    bool contains(Id registration, DedupKey key) const;
    void add(Id registration, DedupKey key);

  private:
    using Entry = std::pair<Id, DedupKeys>;

    const std::size_t capacity_;
    std::list<Entry> entries_;  // newest first
    std::unordered_map<Id, std::list<Entry>::iterator> by_registration_;
};

}  // namespace postbell::store
