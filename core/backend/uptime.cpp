// SPDX-License-Identifier: Apache-2.0
#include "backend/uptime.h"

#include <algorithm>

#include "util/clock_tolerance.h"

namespace postbell::backend {

registry::LifeClock Uptime::lifeClock(util::Milliseconds heartbeat, util::WallTime now) const {
    return {now, up_since, 2 * heartbeat, util::isSet(up_since) && outage(heartbeat, now)};
}

std::optional<util::Milliseconds> Uptime::outage(util::Milliseconds heartbeat,
                                                 util::WallTime now) const {
    if (heartbeat == util::Milliseconds::zero() || !util::isSet(away_since)) return std::nullopt;
    const util::WallTime until = util::isSet(up_since) ? up_since : now;
    const util::Milliseconds away = until - away_since;
    return away > heartbeat ? std::optional(away) : std::nullopt;
}

util::Milliseconds Uptime::silence(util::WallTime last_heard, util::WallTime now) const {
    const util::WallTime since = std::max(util::believed(last_heard, now), up_since);
    return std::max(now - since, util::Milliseconds::zero());
}

}  // namespace postbell::backend
