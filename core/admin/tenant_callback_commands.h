// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "admin/command.h"
#include "backend/backend_host.h"
#include "store/directory.h"
#include "util/clock.h"

namespace postbell::admin {

/// `tenant callback add`, `list` and `remove`: one URL on which a whole mail server notifies of a
/// tenant's accounts. Thread-safe.
class TenantCallbackCommands {
  public:
    struct Parts {
        store::Directory& directory;
        const backend::BackendHost& backends;
        const util::Clock& clock;
        std::string mailbox_url;  ///< public URL of the mailbox listener
    };
    explicit TenantCallbackCommands(Parts parts) : parts_(std::move(parts)) {}
    void addTo(CommandTable& table);

  private:
    Json add(const Json& arguments);
    Json list(const Json& arguments);
    Json remove(const Json& arguments);
    /// Null: mail servers can notify on the callback.
    Json problemOf(const store::TenantCallback& callback) const;
    std::vector<store::TenantCallback> matching(const Json& arguments) const;

    const Parts parts_;
};

}  // namespace postbell::admin
