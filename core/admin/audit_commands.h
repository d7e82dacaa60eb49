// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "admin/command.h"
#include "store/directory.h"
#include "util/clock.h"

namespace postbell::admin {

/// `audit list`: the changes that admins made, newest first. Thread-safe.
class AuditCommands {
  public:
    AuditCommands(store::Directory& directory, const util::Clock& clock)
        : directory_(directory), clock_(clock) {}
    void addTo(CommandTable& table);

  private:
    Json list(const Json& arguments);
    util::WallTime since(const Json& arguments) const;

    store::Directory& directory_;
    const util::Clock& clock_;
};

}  // namespace postbell::admin
