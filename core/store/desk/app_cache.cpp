// SPDX-License-Identifier: Apache-2.0
#include "store/desk/app_cache.h"

#include <utility>

namespace postbell::store {

std::shared_ptr<const App> AppCache::find(Id id) {
    std::uint64_t changes = 0;
    {
        const std::lock_guard lock(apps_mutex_);
        if (const auto found = apps_.find(id); found != apps_.end()) return found->second;
        changes = changes_;
    }
    std::optional<App> app = read_(id);
    if (!app) return nullptr;
    auto shared = std::make_shared<const App>(*std::move(app));
    const std::lock_guard lock(apps_mutex_);
    // An app that was read before a change must not outlive the change.
    if (changes == changes_) apps_.emplace(id, shared);
    return shared;
}

void AppCache::changed() {
    const std::lock_guard lock(apps_mutex_);
    apps_.clear();
    ++changes_;
}

}  // namespace postbell::store
