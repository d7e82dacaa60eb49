// SPDX-License-Identifier: Apache-2.0
// The parts that all lanes share.
#pragma once
#include "dispatch/channel/authorization_troubles.h"
#include "dispatch/journal/push_metrics.h"
#include "dispatch/journal/store_trouble.h"
#include "dispatch/surroundings.h"
#include "dispatch/verdict/settlement_writer.h"
#include "util/trace.h"

namespace postbell::dispatch {

/// The references outlive the lanes.
struct LaneContext {
    const Surroundings& around;
    PushMetrics& metrics;
    StoreTrouble& store_trouble;
    util::TraceSource& traces;
    const SettlementWriter::Sink& settle;
    AuthorizationTroubles& authorization_troubles;
};

}  // namespace postbell::dispatch
