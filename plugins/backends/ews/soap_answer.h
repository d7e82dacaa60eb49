// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "notification.h"

namespace postbell::ews {

/// The listener's wish for the subscription. Exchange compares the words exactly.
enum class SubscriptionStatus { Ok, Unsubscribe };

std::string_view contentTypeOf(SoapVersion version);
/// A SendNotificationResult, one for each POST however many messages came in it.
std::string sendNotificationResult(SoapVersion version, SubscriptionStatus status);
/// A fault of the sender's. `reason` is text of ours without markup.
std::string senderFault(SoapVersion version, std::string_view reason);

}  // namespace postbell::ews
