// SPDX-License-Identifier: Apache-2.0
// One thread's event loop.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/acceptor.h"
#include "net/connection.h"
#include "util/heartbeat.h"

namespace postbell::net {

/// Confined to the thread of run(), but for inbox() and counters().
class Reactor {
  public:
    Reactor(ServerState& state, util::Heartbeat& heartbeat);
    ~Reactor();

    /// Before run(): this one accepts.
    void acceptWith(std::unique_ptr<Acceptor> acceptor);
    /// Until a stop was posted and nothing is under way any more, or the stop's deadline has
    /// passed.
    void run();
    const std::string& name() const { return heartbeat_.name(); }
    const std::shared_ptr<Inbox>& inbox() const { return context_.inbox; }
    const ReactorCounters& counters() const { return counters_; }

  private:
    struct Slot {
        std::unique_ptr<Connection> connection;
        std::uint32_t uses = 0;
    };

    void watchAcceptor();
    void pauseAcceptor();
    int waitMs() const;
    void updateTime();
    void handleEvent(std::uint64_t token, std::uint32_t events);
    void takeInbox();
    void takeOwn();
    void deliver(const Answer& answer);
    void adopt(Accepted&& accepted);
    Connection* find(ConnectionToken token);
    /// Calls one of the connection's functions, and retires it if it has ended.
    template <class Call>
    void with(ConnectionToken token, Call call);
    void retire(ConnectionToken token);
    void expire();
    void beginStop();
    bool finished() const;
    /// Ends the connection that has waited longest for a request. False: none has waited long.
    bool makeRoom();

    util::Heartbeat& heartbeat_;
    ReactorCounters counters_;
    DeadlineWheel wheel_;
    IdleList idle_;
    util::FileDescriptor epoll_;
    ReactorContext context_;
    std::unique_ptr<Acceptor> acceptor_;
    std::optional<util::SteadyTime> accept_again_;
    std::optional<util::SteadyTime> stop_deadline_;
    std::chrono::seconds date_second_{-1};
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::size_t connection_count_ = 0;
    /// Freed when the round is over: an event later in it may still mean one of them.
    std::vector<std::unique_ptr<Connection>> retired_;
    Inbox::Items received_;
};

}  // namespace postbell::net
