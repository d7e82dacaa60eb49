// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "store/basics.h"

namespace postbell::store {

/// Recognises a message that is sent again: its dedup key is that of the registration's last event
/// that had one. The key is in the pending row, and after the row is gone here, for the
/// registrations that had events most recently. Not thread-safe.
class RecentKeys {
  public:
    explicit RecentKeys(std::size_t capacity) : capacity_(capacity) {}

    /// `key_in_row`: empty: the row has none, or there is no row. An empty key repeats nothing.
    bool repeats(Id registration, std::string_view key, std::string_view key_in_row) const;
    void set(Id registration, std::string key);

  private:
    using Entry = std::pair<Id, std::string>;

    const std::size_t capacity_;
    std::list<Entry> entries_;  // newest first
    std::unordered_map<Id, std::list<Entry>::iterator> by_registration_;
};

}  // namespace postbell::store
