// SPDX-License-Identifier: Apache-2.0
// The lanes of all apps and environments.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dispatch/lane.h"
#include "engine/work_scope.h"

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

  private:
    /// Opens a lane for each environment that a credential of the app (0: of any) serves: for
    /// alarms and metrics a lane is there before the first push.
    void openSoon(store::Id app);
    void settle(const store::Settlement& settlement);

    const Surroundings& around_;
    PushMetrics metrics_;
    StoreTrouble store_trouble_;
    util::TraceSource traces_;
    const Settlements::Queue queue_settlement_;
    const LaneContext context_;
    Map lanes_;
    bool started_ = false;
    std::vector<store::Settlement> settlements_;  // of this turn of the loop
    engine::WorkScope work_;
};

}  // namespace postbell::dispatch
