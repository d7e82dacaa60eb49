// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "store/records/basics.h"

namespace postbell::store {

/// The opened hash keys of tenants whose mail servers notify on one URL: every such notification
/// needs one. A tenant's key never changes, and a tenant's id is never used again. Thread-safe.
class HashKeys {
  public:
    /// `open`: opens the key where it is not known yet.
    template <class Open>
    std::string find(Id tenant, const Open& open) {
        {
            const std::lock_guard lock(keys_mutex_);
            if (const auto found = keys_.find(tenant); found != keys_.end()) return found->second;
        }
        const std::string key = open();
        const std::lock_guard lock(keys_mutex_);
        return keys_.emplace(tenant, key).first->second;
    }

  private:
    std::mutex keys_mutex_;
    std::unordered_map<Id, std::string> keys_;
};

}  // namespace postbell::store
