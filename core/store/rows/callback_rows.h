// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "store/records/basics.h"

namespace postbell::store {

struct CallbackRow {
    std::string_view token_hash;
    Id registration = 0;
    std::string_view proof_hash;
    util::WallTime created_at;
};

/// The callbacks of registrations. A registration adopts the one that its reported subscription
/// notifies on.
class CallbackRows {
  public:
    virtual ~CallbackRows() = default;

    virtual void insert(const CallbackRow& callback) = 0;
    /// Adopts the callback that is not adopted yet, if there is one, and removes the others.
    virtual void adoptNewest(Id registration) = 0;
    /// Removes all but the adopted one.
    virtual void removeOthers(Id registration) = 0;
};

}  // namespace postbell::store
