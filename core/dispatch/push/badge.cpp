// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/badge.h"

#include <limits>

namespace postbell::dispatch {

std::int32_t badge(std::span<const store::BadgeShare> shares, store::Id sent,
                   std::int32_t sent_count, const LifeClockOf& clock_of) {
    std::int64_t sum = 0;
    for (const store::BadgeShare& share : shares) {
        if (share.registration.id == sent) continue;
        const registry::LifeClock clock = clock_of(share.registration);
        switch (registry::lifeCycle(share.registration, clock).state) {
            case registry::State::Waiting:
            case registry::State::Disabled:
                continue;
            case registry::State::Stale:
                if (clock.now - registry::staleSince(share.registration, clock) < util::kDay)
                    return store::kUnknownCount;
                continue;
            case registry::State::Active:
                break;
        }
        if (share.count == store::kUnknownCount) return store::kUnknownCount;
        sum += share.count;
    }
    if (sent_count == store::kUnknownCount) return store::kUnknownCount;
    sum += sent_count;
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(sum, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace postbell::dispatch
