// SPDX-License-Identifier: Apache-2.0
#include "store/recent_keys.h"

namespace postbell::store {

bool RecentKeys::holds(Id registration, std::string_view key) const {
    const auto found = by_registration_.find(registration);
    return found != by_registration_.end() && found->second->second == key;
}

void RecentKeys::set(Id registration, std::string key) {
    const auto found = by_registration_.find(registration);
    if (found != by_registration_.end()) {
        found->second->second = std::move(key);
        entries_.splice(entries_.begin(), entries_, found->second);
        return;
    }
    if (entries_.size() >= capacity_) {
        by_registration_.erase(entries_.back().first);
        entries_.pop_back();
    }
    entries_.emplace_front(registration, std::move(key));
    by_registration_.emplace(registration, entries_.begin());
}

}  // namespace postbell::store
