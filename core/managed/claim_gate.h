// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <utility>

#include "util/time.h"

namespace postbell::managed {

/// How many claims may wait for the network at once, of all instances together: a thread waits for
/// each, and other devices need threads too.
struct ClaimRoom {
    unsigned max_waiting = 4;
    unsigned waiting = 0;
};

/// Lets the claims of one instance to the network. After one that got no verdict there, the next
/// are turned away for a pause: a network that fails for one would keep all waiting. Confined to
/// one thread.
class ClaimGate {
  public:
    ClaimGate(std::shared_ptr<ClaimRoom> room, util::Milliseconds pause)
        : room_(std::move(room)), pause_(pause) {}

    /// True: the claim may wait, and ended() is called when it has ended.
    bool admit(util::SteadyTime now) {
        if (now < closed_until_ || room_->waiting >= room_->max_waiting) return false;
        ++room_->waiting;
        return true;
    }
    /// `verdict`: the claim was proven or refused.
    void ended(bool verdict, util::SteadyTime now) {
        --room_->waiting;
        if (!verdict) closed_until_ = now + pause_;
    }

  private:
    const std::shared_ptr<ClaimRoom> room_;  // shared with the gates of other instances
    const util::Milliseconds pause_;
    util::SteadyTime closed_until_;
};

}  // namespace postbell::managed
