// SPDX-License-Identifier: Apache-2.0
#include "net/address_counter.h"

#include <limits>

namespace postbell::net {
namespace {

std::size_t siteLimit(std::size_t limit) {
    constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
    return limit > kMax / AddressKey::kSiteShares ? kMax : limit * AddressKey::kSiteShares;
}

}  // namespace

bool AddressCounter::add(const AddressKey& key, std::size_t limit) {
    const std::lock_guard lock(counts_mutex_);
    if (!addOne(key, limit)) return false;
    const auto site = key.site();
    if (!site || addOne(*site, siteLimit(limit))) return true;
    removeOne(key);
    return false;
}

void AddressCounter::remove(const AddressKey& key) {
    const std::lock_guard lock(counts_mutex_);
    removeOne(key);
    if (const auto site = key.site()) removeOne(*site);
}

bool AddressCounter::addOne(const AddressKey& key, std::size_t limit) {
    const auto [entry, is_new] = counts_.try_emplace(key, 0);
    if (entry->second >= limit) {
        if (is_new) counts_.erase(entry);
        return false;
    }
    ++entry->second;
    return true;
}

void AddressCounter::removeOne(const AddressKey& key) {
    const auto entry = counts_.find(key);
    if (entry != counts_.end() && --entry->second == 0) counts_.erase(entry);
}

}  // namespace postbell::net
