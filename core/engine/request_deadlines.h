// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>

#include "engine/loop.h"
#include "engine/request.h"

namespace postbell::engine {

/// The time-outs of a pool's requests, counted in ticks of a sixteenth of it: one timer for all,
/// and no clock to read for each. Confined to the loop's thread.
class RequestDeadlines {
  public:
    /// `expired` is called for each request whose time is over, and takes it out of the list.
    RequestDeadlines(Loop& loop, util::Milliseconds timeout, std::function<void(Request&)> expired);

    void add(Request& request);
    void stop() { timer_ = Timer(); }

  private:
    void arm();
    void tick();

    Loop& loop_;
    const util::Milliseconds interval_;
    const std::function<void(Request&)> expired_;
    DeadlineList list_;
    std::uint64_t tick_ = 0;
    Timer timer_;
};

}  // namespace postbell::engine
