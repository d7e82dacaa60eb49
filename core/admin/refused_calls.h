// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "log/log.h"
#include "log/repeat_gate.h"
#include "util/clock.h"

namespace postbell::admin {

/// Admin calls that were turned away at the door. Each leaves a line in the log and in the audit
/// trail. Whoever reaches the listener can cause them, so they are bounded: a minute has one line
/// for each peer, and for 16 peers; a day has 1,000 lines in the trail. Thread-safe.
class RefusedCalls {
  public:
    enum class Why { NoToken, WrongToken, WrongHost };
    static constexpr unsigned kMaxAuditedADay = 1'000;

    /// Leaves a line in the audit trail.
    using Audit =
        std::function<void(const std::string& who, const std::string& what, util::WallTime now)>;

    /// The references outlive this.
    RefusedCalls(Audit audit, const util::Clock& clock, log::Log& log)
        : audit_(std::move(audit)), clock_(clock), log_(log), day_began_(clock.steady()) {}

    /// Blocks until the lines are durable. `who`: as the audit trail names the callers.
    void note(Why why, const std::string& who, const std::string& peer);

  private:
    bool hasRoomToday();

    const Audit audit_;
    const util::Clock& clock_;
    log::Log& log_;
    log::RepeatGate repeats_;
    std::mutex day_mutex_;  // guards the next two
    util::SteadyTime day_began_;
    unsigned audited_ = 0;  // since then
};

}  // namespace postbell::admin
