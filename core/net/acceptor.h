// SPDX-License-Identifier: Apache-2.0
// The listening socket: which connections are accepted, and by which reactor they are served.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/seldom.h"
#include "net/inbox.h"
#include "net/server_state.h"
#include "util/file_descriptor.h"
#include "util/time.h"

namespace postbell::net {

/// Opens a listening socket on `address`; throws std::runtime_error naming it and the reason.
util::FileDescriptor listenOn(const std::string& name, const std::string& address);

/// Confined to one reactor's thread, which accepts for all and hands connections round: if the
/// kernel chose among several epolls, one would get most of them.
class Acceptor {
  public:
    Acceptor(ServerState& state, util::FileDescriptor socket,
             std::vector<std::shared_ptr<Inbox>> reactors)
        : state_(state), socket_(std::move(socket)), reactors_(std::move(reactors)) {}

    int descriptor() const { return socket_.get(); }
    /// Accepts some of the waiting connections. False: none can be accepted now (no descriptors, no
    /// memory); try again in a moment. `make_room` ends a connection of this thread's reactor that
    /// can be spared, and returns whether there was one: it is called without descriptors.
    bool accept(ReactorCounters& counters, util::SteadyTime now,
                const std::function<bool()>& make_room);

  private:
    enum class Entry { Welcome, NeedsRoom, Refused };

    Entry entryOf(const PeerAddress& peer, util::SteadyTime now);
    /// After a failure. True: the next connection can be accepted all the same.
    bool recover(int error, util::SteadyTime now, const std::function<bool()>& make_room);

    ServerState& state_;
    const util::FileDescriptor socket_;
    const std::vector<std::shared_ptr<Inbox>> reactors_;
    std::size_t next_reactor_ = 0;
    log::Seldom<util::SteadyTime> address_full_, no_descriptors_;
};

}  // namespace postbell::net
