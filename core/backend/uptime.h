// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "registry/life_cycle.h"
#include "util/time.h"

namespace postbell::backend {

/// Since when the gateway hears mail servers, and how long it did not before. The meaning for an
/// instance depends on its heartbeat: within one, a mail server gives a sign of life, and repeats
/// unanswered messages; zero: silence means nothing.
struct Uptime {
    util::WallTime away_since;  ///< an earlier run was last alive; not set: there was none
    /// The mailbox listener came up, on the wall clock as it is now; not set: it has not yet.
    util::WallTime up_since;

    registry::LifeClock lifeClock(util::Milliseconds heartbeat, util::WallTime now) const;
    /// The absence before the listener came up, or until now while it has not, if mail servers
    /// dropped their subscriptions meanwhile.
    std::optional<util::Milliseconds> outage(util::Milliseconds heartbeat,
                                             util::WallTime now) const;
    /// Since a mail server was last heard, or since the listener came up.
    util::Milliseconds silence(util::WallTime last_heard, util::WallTime now) const;
};

}  // namespace postbell::backend
