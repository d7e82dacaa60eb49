// SPDX-License-Identifier: Apache-2.0
#include "store/records/recent_keys.h"

namespace postbell::store {

bool RecentKeys::contains(Id registration, DedupKey key) const {
    const auto found = by_registration_.find(registration);
    return found != by_registration_.end() && found->second->second.contains(key);
}

void RecentKeys::add(Id registration, DedupKey key) {
    const auto found = by_registration_.find(registration);
    if (found != by_registration_.end()) {
        found->second->second.add(key);
        entries_.splice(entries_.begin(), entries_, found->second);
        return;
    }
    if (entries_.size() >= capacity_) {
        by_registration_.erase(entries_.back().first);
        entries_.pop_back();
    }
    entries_.emplace_front(registration, DedupKeys()).second.add(key);
    by_registration_.emplace(registration, entries_.begin());
}

}  // namespace postbell::store
