// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

#include "engine/pool_stats.h"
#include "store/records.h"
#include "util/time.h"

namespace postbell::dispatch {

/// The state of a lane, for metrics and the admin API.
struct LaneStatus {
    bool stored = false;  ///< the app has a credential, usable or not
    std::string app, tenant, provider;
    store::Environment environment = store::Environment::None;
    std::size_t waiting = 0;
    util::WallTime oldest_since;
    std::string paused_reason;  ///< empty: open
    bool doubtful = false;      ///< as store::GuardState has it
    bool has_credential = false, origin_failing = false;
    engine::PoolStats connections;
};

}  // namespace postbell::dispatch
