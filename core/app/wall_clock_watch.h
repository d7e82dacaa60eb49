// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "log/log.h"
#include "util/clock.h"

namespace postbell::app {

/// Logs each step of the machine's wall clock, which what is stored is dated by. A clock that is
/// slewed makes none. Confined to one thread.
class WallClockWatch {
  public:
    /// A smaller step is a correction that nothing depends on.
    static constexpr util::Milliseconds kMinStep{5'000};

    /// The references outlive this.
    WallClockWatch(const util::Clock& clock, log::Log& log)
        : clock_(clock), log_(log), before_(lead()) {}

    /// To be called again and again: compares with the call before, at first with the construction.
    void look();

  private:
    /// How far the wall clock is ahead of the steady one. No more is known of it, since the two
    /// are read one after the other.
    struct Lead {
        util::Milliseconds least, most;
    };
    Lead lead() const;

    const util::Clock& clock_;
    log::Log& log_;
    Lead before_;
};

}  // namespace postbell::app
