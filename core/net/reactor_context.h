// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "net/deadline_wheel.h"
#include "net/idle_list.h"
#include "net/inbox.h"
#include "net/server_state.h"

namespace postbell::net {

/// The surroundings that the connections of one reactor share.
struct ReactorContext {
    ServerState& state;
    ReactorCounters& counters;
    DeadlineWheel& wheel;
    IdleList& idle;
    std::shared_ptr<Inbox> inbox;
    int epoll = -1;
    util::SteadyTime now;
    bool stopping = false;
    std::string date;  ///< as answers carry it
    std::string out;   ///< scratch: an answer's bytes
    std::vector<char>
        scratch;  ///< receives a read's bytes, so that an idle connection has no buffer
};

}  // namespace postbell::net
