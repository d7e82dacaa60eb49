// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "store/records.h"

namespace postbell::store {

/// Every event and every push needs its app, of which there are few and which change seldom.
/// Thread-safe.
class AppCache {
  public:
    /// Null: `read` found none.
    template <class Read>
    std::shared_ptr<const App> find(Id id, const Read& read) {
        std::uint64_t changes = 0;
        {
            const std::lock_guard lock(apps_mutex_);
            if (const auto found = apps_.find(id); found != apps_.end()) return found->second;
            changes = changes_;
        }
        std::optional<App> app = read(id);
        if (!app) return nullptr;
        auto shared = std::make_shared<const App>(*std::move(app));
        const std::lock_guard lock(apps_mutex_);
        // An app that was read before a change must not outlive the change.
        if (changes == changes_) apps_.emplace(id, shared);
        return shared;
    }
    /// After an app was changed in the database.
    void changed() {
        const std::lock_guard lock(apps_mutex_);
        apps_.clear();
        ++changes_;
    }

  private:
    std::mutex apps_mutex_;
    std::unordered_map<Id, std::shared_ptr<const App>> apps_;
    std::uint64_t changes_ = 0;
};

}  // namespace postbell::store
