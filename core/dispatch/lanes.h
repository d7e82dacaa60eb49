// SPDX-License-Identifier: Apache-2.0
// The lanes of all apps and environments.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "dispatch/lane.h"
#include "engine/loop.h"
#include "engine/work_scope.h"
#include "util/backoff.h"

namespace postbell::dispatch {

/// Each lane has its own queue, guard and connections: trouble of one app is no other's. Confined
/// to the loop's thread, apart from its construction and work().post().
class Lanes {
  public:
    /// `around` must outlive the lanes.
    explicit Lanes(const Surroundings& around);

    engine::WorkScope& work() { return work_; }

    /// Reads every pending row and begins to send.
    void start();
    /// No new flights from now on.
    void drain();
    bool inFlight() const;

    /// Trouble with one app's rows leaves the others' alone.
    void committed(std::span<const store::Pending> rows,
                   std::span<const store::Settlement> settled);
    void credentialChanged(store::Id app);
    Lane& at(store::Id app, store::Environment environment);

    using Map = std::map<std::pair<store::Id, store::Environment>, std::unique_ptr<Lane>>;
    /// Lanes live as long as this.
    const Map& all() const { return lanes_; }
    /// From any thread.
    const AuthorizationTroubles& authorizationTroubles() const { return authorization_troubles_; }

  private:
    /// Opens a lane for each environment that a credential of the app (0: of any) serves: for
    /// alarms and metrics a lane is there before the first push.
    void openSoon(store::Id app);
    void take(const store::Pending& row);
    void missed(std::string_view why);
    /// Reads every pending row again.
    void takeMissed();
    void settle(const store::Settlement& settlement);
    /// Gives the settlements to the store. Those that it does not take are kept, and tried again.
    void handOver();

    const Surroundings& around_;
    PushMetrics metrics_;
    StoreTrouble store_trouble_;
    AuthorizationTroubles authorization_troubles_;
    util::TraceSource traces_;
    const SettlementWriter::Sink queue_settlement_;
    const LaneContext context_;
    Map lanes_;
    bool started_ = false;
    std::vector<store::Settlement> settlements_;  // that the store has not got yet
    bool handover_planned_ = false;
    engine::Timer handover_timer_;
    util::Backoff missed_pauses_;
    engine::Timer missed_timer_;  // armed: rows of the store are in no lane
    engine::WorkScope work_;
};

}  // namespace postbell::dispatch
