// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/deadline_wheel.h"
#include "net/http_date.h"
#include "net/inbox.h"
#include "net/room.h"
#include "net/server_state.h"

namespace postbell::net {

/// The surroundings that the connections of one reactor share.
struct ReactorContext {
    ServerState& state;
    ReactorCounters& counters;
    DeadlineWheel& wheel;
    Room& room;
    std::shared_ptr<Inbox> inbox;
    int epoll = -1;
    util::SteadyTime now;
    std::uint64_t round = 0;  ///< the number of the loop's turn
    bool stopping = false;
    /// Connections that used up their share of this round: each has more to do in the next.
    std::vector<ConnectionToken> postponed;
    /// Connections whose requests on the way in took the memory for all of them beyond its limit.
    std::vector<ConnectionToken> memory_wanted;
    HttpDate date;
    std::string out;  ///< scratch: an answer's bytes
    /// Receives a read's bytes, so that an idle connection has no buffer.
    std::vector<char> scratch;
};

}  // namespace postbell::net
