// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

#include "engine/pool_stats.h"
#include "store/records/records.h"
#include "util/time.h"

namespace postbell::dispatch {

/// The state of a lane, for metrics and the admin API.
struct LaneStatus {
    bool credential_stored = false;  ///< usable or not
    bool credential_usable = false;  ///< it is in use, or being opened
    std::string app, tenant, provider;
    store::Environment environment = store::Environment::None;
    std::size_t waiting = 0;
    util::WallTime oldest_since;
    std::string paused_reason;  ///< empty: open
    bool doubtful = false;      ///< as store::GuardState has it
    bool origin_failing = false;
    bool authorization_failing = false;
    engine::PoolStats connections;
};

/// An origin of the push network's own that a lane's pushes fail at, and the reason.
struct LaneFailure {
    std::string app, tenant;
    store::Environment environment = store::Environment::None;
    std::string origin, why;
};

}  // namespace postbell::dispatch
