// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "store/records/tenant.h"

namespace postbell::store {

/// Every event and every push needs its app, of which there are few and which change seldom.
/// Thread-safe.
class AppCache {
  public:
    using Read = std::function<std::optional<App>(Id)>;
    /// `read`: reads an app from the database.
    explicit AppCache(Read read) : read_(std::move(read)) {}

    /// Null: there is no such app.
    std::shared_ptr<const App> find(Id id);
    /// After an app was changed in the database.
    void changed();

  private:
    const Read read_;
    std::mutex apps_mutex_;
    std::unordered_map<Id, std::shared_ptr<const App>> apps_;
    std::uint64_t changes_ = 0;
};

}  // namespace postbell::store
