// SPDX-License-Identifier: Apache-2.0
// How many connections each address has.
#pragma once
#include <cstddef>
#include <mutex>
#include <unordered_map>

#include "net/address_key.h"

namespace postbell::net {

/// Thread-safe; used when a connection comes and when it goes.
class AddressCounter {
  public:
    /// False, and nothing is counted, if `key` has `limit` connections already, or its site
    /// AddressKey::kSiteShares times as many.
    bool add(const AddressKey& key, std::size_t limit);
    void remove(const AddressKey& key);

  private:
    bool addOne(const AddressKey& key, std::size_t limit);
    void removeOne(const AddressKey& key);

    std::mutex counts_mutex_;
    std::unordered_map<AddressKey, std::size_t> counts_;
};

}  // namespace postbell::net
