// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "engine/loop.h"
#include "util/backoff.h"

namespace postbell::engine {

/// When a pool may connect again. Confined to the loop's thread.
class Reconnect {
  public:
    /// `due` is called when a pause is over.
    Reconnect(Loop& loop, std::function<void()> due);

    bool pausing() const { return timer_.armed(); }
    /// A connection could not be made.
    void failed();
    /// A connection was made and ended before it answered anything. True: so did the one before, so
    /// the server lets no request through.
    bool useless();
    /// The server flooded a connection: an answer does not make up for it.
    void flooded();
    void answered();
    void stop() { timer_ = Timer(); }

  private:
    void pause(util::Milliseconds time);

    Loop& loop_;
    const std::function<void()> due_;
    util::Backoff backoff_;
    unsigned useless_ = 0;  ///< in a row
    Timer timer_;
};

}  // namespace postbell::engine
