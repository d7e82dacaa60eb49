// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "store/registration.h"

namespace postbell::store {

/// A registration's reported subscription, or the mailbox that serves the registration instead.
struct SubscriptionRow : Subscription {
    Id registration = 0;
    Id mailbox = 0;  ///< 0: the app subscribes
    ReportedFolder folder;
    util::WallTime app_enabled_at;  ///< of the registration's app; put() leaves it alone
};

class SubscriptionRows {
  public:
    virtual ~SubscriptionRows() = default;

    virtual std::optional<SubscriptionRow> find(std::string_view public_id) const = 0;
    virtual std::optional<SubscriptionRow> find(Id registration) const = 0;
    virtual void put(const SubscriptionRow& subscription) = 0;
    /// A time that is set already stays.
    virtual void setEnded(Id registration, util::WallTime at, util::WallTime quiet_until) = 0;
    virtual void setRenewAsked(Id registration, util::WallTime at) = 0;
    virtual void clearEnded(Id registration) = 0;
    /// A time that is set already stays.
    virtual void setOtherFolder(Id registration, util::WallTime at) = 0;
    /// Of the backend, for the registration's app.
    virtual void setNote(Id registration, std::string_view note) = 0;
};

}  // namespace postbell::store
