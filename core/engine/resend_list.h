// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "engine/loop.h"
#include "engine/request.h"
#include "util/backoff.h"

namespace postbell::engine {

/// Requests that the peer refused without processing them, until the time of each. Confined to the
/// loop's thread.
class ResendList {
  public:
    /// `due` is called for each request whose time has come, after it left the list.
    ResendList(Loop& loop, std::function<void(Request&)> due);

    /// The more often it was refused, the longer it waits.
    void add(Request& request);
    PlaceList& requests() { return list_; }
    void stop() { timer_ = Timer(); }

  private:
    void arm();
    void tick();

    Loop& loop_;
    const std::function<void(Request&)> due_;
    PlaceList list_;
    util::Backoff backoff_;
    Timer timer_;
};

}  // namespace postbell::engine
