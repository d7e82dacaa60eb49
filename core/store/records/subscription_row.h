// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "store/records/registration.h"
#include "store/records/settlement.h"

namespace postbell::store {

/// A registration's reported subscription, or the mailbox that serves the registration instead.
struct SubscriptionRow : Subscription {
    Id registration = 0;
    Id mailbox = 0;  ///< 0: the app subscribes
    ReportedFolder folder;
    util::WallTime quiet_until;     ///< the mail server wants no new subscription before
    std::string note;               ///< of the backend, for the app
    util::WallTime app_enabled_at;  ///< of the registration's app; never written

    /// False: the change changes nothing.
    bool apply(const SubscriptionChange& change);
};

}  // namespace postbell::store
