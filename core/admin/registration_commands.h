// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "admin/command.h"
#include "backend/backend_host.h"
#include "store/directory.h"
#include "store/registrations.h"
#include "store/writer/seen_ledger.h"

namespace postbell::admin {

/// `registration list`, `show`, `approve` and `remove`. Thread-safe.
class RegistrationCommands {
  public:
    struct Parts {
        store::Directory& directory;
        store::Registrations& registrations;
        store::SeenLedger& seen;
        const backend::BackendHost& backends;
    };
    explicit RegistrationCommands(Parts parts) : parts_(parts) {}
    void addTo(CommandTable& table);

  private:
    Json list(const Json& arguments);
    Json show(const Json& arguments);
    /// For `check`: the subscriptions that an absence of the gateway has cost, as far as known.
    Json lost();
    Json approve(const Json& arguments);
    Reply remove(const Json& arguments);
    Work removeMany(const Json& arguments);
    Json describe(const store::Registration& registration) const;

    const Parts parts_;
};

}  // namespace postbell::admin
