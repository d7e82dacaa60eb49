// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/tenant.h"

namespace postbell::store {

/// A tenant's callback with the values that its notifications need.
struct SealedTenantCallback {
    TenantCallback callback;
    std::string secret;  ///< sealed; empty: none
    std::string tenant_name;
    std::string hash_key;  ///< the tenant's, sealed
};

/// URLs on which whole mail servers notify.
class TenantCallbackRows {
  public:
    virtual ~TenantCallbackRows() = default;

    /// In the order of ids; `tenant` 0: of all.
    virtual std::vector<TenantCallback> list(Id tenant) const = 0;
    virtual std::optional<SealedTenantCallback> find(std::string_view token_hash) const = 0;
    /// Without the callback's secret, which follows in the same transaction.
    virtual Id insert(const NewTenantCallback& callback) = 0;
    virtual void putSecret(Id id, std::string_view sealed_secret) = 0;
    /// False: there is none.
    virtual bool remove(Id id) = 0;
};

}  // namespace postbell::store
