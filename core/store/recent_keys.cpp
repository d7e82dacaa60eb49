// SPDX-License-Identifier: Apache-2.0
#include "store/recent_keys.h"

namespace postbell::store {

bool RecentKeys::repeats(Id registration, std::string_view key, std::string_view key_in_row) const {
    if (key.empty()) return false;
    // The row's key is newer than the remembered one: it may be of the group under way.
    if (!key_in_row.empty()) return key == key_in_row;
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
