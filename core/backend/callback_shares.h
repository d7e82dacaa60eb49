// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace postbell::backend {

/// Counts the messages of each callback in an instance's pool, waiting ones included, so that one
/// callback leaves room for all others. Thread-safe.
class CallbackShares {
  public:
    /// Messages of one callback.
    static constexpr std::size_t kMaxShare = 64;

    /// A message's place in the pool, until the last copy is gone.
    using Place = std::shared_ptr<const void>;

    /// Null: the callback has as many places as it may. The shares must outlive the place.
    Place take(const std::string& token_hash) {
        {
            const std::lock_guard lock(taken_mutex_);
            std::size_t& taken = taken_[token_hash];
            if (taken == kMaxShare) return nullptr;
            ++taken;
        }
        return {this, [this, token_hash](const void*) { giveBack(token_hash); }};
    }

  private:
    void giveBack(const std::string& token_hash) {
        const std::lock_guard lock(taken_mutex_);
        const auto found = taken_.find(token_hash);
        if (--found->second == 0) taken_.erase(found);
    }

    std::mutex taken_mutex_;
    std::map<std::string, std::size_t> taken_;
};

}  // namespace postbell::backend
