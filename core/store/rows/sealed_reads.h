// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "store/records/basics.h"
#include "store/rows/credential_rows.h"
#include "store/rows/device_rows.h"

namespace postbell::store {

// The sealed values of a row, with the row's values that they are bound to. An empty one is none.

struct TenantSeals {
    Id id = 0;
    std::string name;
    std::string hash_key;  ///< sealed
};
struct CallbackSeals {
    Id id = 0, tenant = 0;
    std::string instance, token_hash;
    std::string secret;  ///< sealed
};
struct DeviceSeals {
    Id id = 0;
    DeviceIdentity identity;
    std::string origin;
    std::string token;  ///< sealed
};
struct MailboxSeals {
    Id id = 0;
    std::string instance, key;
    std::string mailbox, subscription;  ///< sealed
};
struct CredentialSeals {
    Id id = 0;
    CredentialSlot slot;
    std::int64_t upload = 0;
    std::string authorization_name;
    std::string content, password, settings, authorization;  ///< sealed
};

/// All rows with sealed values, for a look at each. Lists are of the rows whose id is above
/// `after`, in the order of ids, up to `limit`.
class SealedReads {
  public:
    virtual ~SealedReads() = default;

    /// Of all five kinds.
    virtual std::size_t countRows() const = 0;
    virtual std::vector<TenantSeals> tenants(Id after, std::size_t limit) const = 0;
    virtual std::vector<CallbackSeals> callbacks(Id after, std::size_t limit) const = 0;
    virtual std::vector<DeviceSeals> devices(Id after, std::size_t limit) const = 0;
    virtual std::vector<MailboxSeals> mailboxes(Id after, std::size_t limit) const = 0;
    virtual std::vector<CredentialSeals> credentials(Id after, std::size_t limit) const = 0;
};

}  // namespace postbell::store
