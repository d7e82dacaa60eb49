// SPDX-License-Identifier: Apache-2.0
// "An app has one badge, a phone may have several accounts": the sum over a device's registrations.
#pragma once
#include <cstdint>
#include <span>

#include "dispatch/hooks.h"
#include "store/records/records.h"

namespace postbell::dispatch {

/// The badge, or store::kUnknownCount: one unknown count makes it unknown. Registrations that wait
/// or are disabled are left out; a stale registration's count is unknown for a day, then left out.
/// `sent` and `sent_count`: the registration whose push this is, and its count.
std::int32_t badge(std::span<const store::BadgeShare> shares, store::Id sent,
                   std::int32_t sent_count, const LifeClockOf& clock_of);

}  // namespace postbell::dispatch
