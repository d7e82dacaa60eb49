// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "store/records/subscription_row.h"

namespace postbell::store {

class SubscriptionRows {
  public:
    virtual ~SubscriptionRows() = default;

    virtual std::optional<SubscriptionRow> find(std::string_view public_id) const = 0;
    virtual std::optional<SubscriptionRow> find(Id registration) const = 0;
    virtual void put(const SubscriptionRow& subscription) = 0;
};

}  // namespace postbell::store
