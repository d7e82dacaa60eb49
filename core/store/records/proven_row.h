// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "store/records/registration.h"

namespace postbell::store {

/// A registration whose account is proven or approved.
struct ProvenRow {
    RecipientRow registration;
    std::string mailbox_instance;  ///< of the mailbox that serves it; empty: the app subscribes

    /// Whether the instance may speak of the account. A grant proves the account to the instance
    /// that it was given to, whose mailbox serves the registration; an admin's approval holds for
    /// all.
    bool isBelievedBy(std::string_view instance) const;
};

}  // namespace postbell::store
