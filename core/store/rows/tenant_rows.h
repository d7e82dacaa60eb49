// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/basics.h"

namespace postbell::store {

struct TenantRow {
    Id id = 0;
    std::string name;
    std::string hash_key;  ///< sealed
};

class TenantRows {
  public:
    virtual ~TenantRows() = default;

    /// In the order of names.
    virtual std::vector<TenantRow> list() const = 0;
    virtual std::optional<TenantRow> find(std::string_view name) const = 0;
    virtual std::optional<TenantRow> find(Id id) const = 0;
    /// Nothing: the name is taken.
    virtual std::optional<Id> insert(std::string_view name) = 0;
    /// Follows insert() in the same transaction.
    virtual void putHashKey(Id id, std::string_view sealed_key) = 0;
    /// With its apps, their credentials and its callbacks; its registrations are gone already.
    virtual void remove(Id id) = 0;
};

}  // namespace postbell::store
