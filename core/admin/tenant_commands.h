// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "admin/command.h"
#include "store/directory.h"

namespace postbell::admin {

/// `tenant add`, `list` and `remove`. Thread-safe.
class TenantCommands {
  public:
    /// `app_removed`: called for each app that goes with its tenant.
    TenantCommands(store::Directory& directory, std::function<void(store::Id app)> app_removed);
    void addTo(CommandTable& table);

  private:
    Json add(const Json& arguments);
    Json list();
    Work remove(const Json& arguments);

    store::Directory& directory_;
    const std::function<void(store::Id)> app_removed_;
};

}  // namespace postbell::admin
