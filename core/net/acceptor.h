// SPDX-License-Identifier: Apache-2.0
// The listening socket: who comes in, and to which reactor.
#pragma once
#include <Poco/Net/ServerSocket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "net/inbox.h"
#include "net/server_state.h"

namespace postbell::net {

/// Opens a listening socket on `address`; throws std::runtime_error naming it and the reason.
Poco::Net::ServerSocket listenOn(const std::string& name, const std::string& address);

/// Confined to one reactor's thread, which accepts for all and hands connections round: left to the
/// kernel, one epoll of several gets most of them.
class Acceptor {
  public:
    Acceptor(ServerState& state, Poco::Net::ServerSocket socket,
             std::vector<std::shared_ptr<Inbox>> reactors)
        : state_(state), socket_(std::move(socket)), reactors_(std::move(reactors)) {}

    int descriptor() const { return socket_.impl()->sockfd(); }
    /// Accepts some of those that wait. False: none can be had now (no descriptors, no memory); try
    /// again in a moment. `make_room` ends an idle connection, and says whether there was one: it
    /// is asked where the limit is reached.
    bool accept(ReactorCounters& counters, util::SteadyTime now,
                const std::function<bool()>& make_room);

  private:
    /// At most once a minute for each matter: a remote party can cause these lines at will.
    class Seldom {
      public:
        bool mayBeSaid(util::SteadyTime now);

      private:
        util::SteadyTime next_;
    };

    bool admit(const PeerAddress& peer, util::SteadyTime now,
               const std::function<bool()>& make_room);

    ServerState& state_;
    Poco::Net::ServerSocket socket_;
    const std::vector<std::shared_ptr<Inbox>> reactors_;
    std::size_t next_reactor_ = 0;
    Seldom making_room_, full_, address_full_, no_descriptors_;
};

}  // namespace postbell::net
