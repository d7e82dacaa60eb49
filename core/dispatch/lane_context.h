// SPDX-License-Identifier: Apache-2.0
// The parts that all lanes share.
#pragma once
#include "dispatch/push_metrics.h"
#include "dispatch/settlements.h"
#include "dispatch/store_trouble.h"
#include "dispatch/surroundings.h"
#include "util/trace.h"

namespace postbell::dispatch {

/// The references outlive the lanes.
struct LaneContext {
    const Surroundings& around;
    PushMetrics& metrics;
    StoreTrouble& store_trouble;
    util::TraceSource& traces;
    const Settlements::Queue& settle;
};

}  // namespace postbell::dispatch
