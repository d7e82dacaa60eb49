// SPDX-License-Identifier: Apache-2.0
// What all lanes share, and what each tells of itself.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "dispatch/badge.h"
#include "dispatch/network.h"
#include "dispatch/push_metrics.h"
#include "dispatch/settlements.h"
#include "log/log.h"
#include "store/credentials.h"
#include "store/directory.h"
#include "store/events.h"
#include "util/real_time.h"
#include "util/trace.h"

namespace postbell::dispatch {

struct DispatchSettings {
    util::Milliseconds quiet_delay{2'000};
    util::Milliseconds retry_max = std::chrono::minutes(15);
};

/// Gives the unread count of a managed mailbox as of `since` or later, for a push whose event has
/// none. `done` is called once, on any thread, with the count or store::kUnknownCount, before long;
/// not at all once the gateway stops. Empty: mailboxes cannot be counted.
using CountReader = std::function<void(const store::MailboxState& mailbox, util::RealTime since,
                                       std::function<void(std::int32_t)> done)>;

/// Notes for the registration's app and for admins how its last push went.
using OutcomeNote =
    std::function<void(store::Id registration, util::WallTime now, std::string_view outcome)>;

/// The references outlive the lanes.
struct LaneContext {
    engine::Loop& loop;
    store::Events& events;
    store::Credentials& credentials;
    store::Directory& directory;
    const Networks& networks;
    const ConnectionOpener& open_connections;
    PushMetrics& metrics;
    log::Log& log;
    const DispatchSettings& settings;
    util::TraceSource& traces;
    const LifeClockOf& life_clock_of;
    const CountReader& read_count;
    const OutcomeNote& note_outcome;
    const Settlements::Queue& settle;
};

/// How a lane stands, for metrics, `doctor` and readiness.
struct LaneStatus {
    bool stored = false;  ///< the app has a credential, whether it can be used or not
    std::string app, tenant, provider;
    store::Environment environment = store::Environment::None;
    std::size_t waiting = 0;
    util::WallTime oldest_since;
    std::string paused_reason;  ///< empty: open
    bool has_credential = false, origin_failing = false;
    engine::PoolStats connections;
};

}  // namespace postbell::dispatch
