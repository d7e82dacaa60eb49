// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "store/records/records.h"

namespace postbell::dispatch {

/// Why credentials get no new authorization, for admins. Thread-safe.
class AuthorizationTroubles {
  public:
    void set(store::Id credential, std::string reason) {
        const std::lock_guard lock(reasons_mutex_);
        reasons_[credential] = std::move(reason);
    }
    void clear(store::Id credential) {
        const std::lock_guard lock(reasons_mutex_);
        reasons_.erase(credential);
    }
    /// Empty: there is none.
    std::string find(store::Id credential) const {
        const std::lock_guard lock(reasons_mutex_);
        const auto found = reasons_.find(credential);
        return found == reasons_.end() ? std::string() : found->second;
    }

  private:
    mutable std::mutex reasons_mutex_;
    std::map<store::Id, std::string> reasons_;
};

}  // namespace postbell::dispatch
