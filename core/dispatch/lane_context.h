// SPDX-License-Identifier: Apache-2.0
// The surroundings that all lanes share.
#pragma once
#include "dispatch/hooks.h"
#include "dispatch/network.h"
#include "dispatch/push_metrics.h"
#include "dispatch/settings.h"
#include "dispatch/settlements.h"
#include "dispatch/store_trouble.h"
#include "engine/loop.h"
#include "log/log.h"
#include "store/credentials.h"
#include "store/directory.h"
#include "store/events.h"
#include "util/trace.h"

namespace postbell::dispatch {

/// The references outlive the lanes.
struct LaneContext {
    engine::Loop& loop;
    store::Events& events;
    store::Credentials& credentials;
    store::Directory& directory;
    const Networks& networks;
    const ConnectionOpener& open_connections;
    PushMetrics& metrics;
    StoreTrouble& store_trouble;
    log::Log& log;
    const DispatchSettings& settings;
    util::TraceSource& traces;
    const LifeClockOf& life_clock_of;
    const CountReader& read_count;
    const OutcomeNote& note_outcome;
    const Settlements::Queue& settle;
};

}  // namespace postbell::dispatch
