// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "store/records/basics.h"
#include "store/records/seen.h"

namespace postbell::store {

class SeenRows {
  public:
    virtual ~SeenRows() = default;

    /// Of a registration that has no row: nothing seen. Nothing: the registration is gone.
    virtual std::optional<Seen> find(Id registration) const = 0;
    /// Inserts the row, or replaces it.
    virtual void put(Id registration, const Seen& seen) = 0;
};

}  // namespace postbell::store
