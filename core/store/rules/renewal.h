// SPDX-License-Identifier: Apache-2.0
// The parts that a registration keeps when it comes in again, and the effect of a report on its
// subscription.
#pragma once
#include <optional>

#include "store/rows/registration_rows.h"
#include "store/rows/subscription_rows.h"

namespace postbell::store {

/// Versions that are not given stay. So does the proof of the account for whoever shows the old
/// secret.
RenewalRow renewalOf(const RenewalRow& known, const NewRegistration& incoming);

/// Whether the report is of the subscription that the registration has already.
bool isOf(const SubscriptionRow& known, const Report& report);

/// The subscription after the report. Nothing: it was replaced before.
std::optional<SubscriptionRow> reportedOn(const SubscriptionRow& known, const Report& report);

}  // namespace postbell::store
