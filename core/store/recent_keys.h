// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "store/records.h"

namespace postbell::store {

/// The last dedup key of the registrations that had events most recently: recognises a message that
/// is sent again after its pending row is gone. Not thread-safe.
class RecentKeys {
  public:
    explicit RecentKeys(std::size_t capacity) : capacity_(capacity) {}

    bool holds(Id registration, std::string_view key) const;
    void set(Id registration, std::string key);

  private:
    using Entry = std::pair<Id, std::string>;

    const std::size_t capacity_;
    std::list<Entry> entries_;  // newest first
    std::unordered_map<Id, std::list<Entry>::iterator> by_registration_;
};

}  // namespace postbell::store
