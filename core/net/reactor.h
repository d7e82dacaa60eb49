// SPDX-License-Identifier: Apache-2.0
// One thread's event loop.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/seldom.h"
#include "net/acceptor.h"
#include "net/connection_table.h"
#include "net/memory_return.h"
#include "util/heartbeat.h"
#include "util/time.h"

namespace postbell::net {

/// Confined to the thread of run(), but for inbox(), name() and counters().
class Reactor {
  public:
    Reactor(ServerState& state, util::Heartbeat& heartbeat);
    ~Reactor();

    /// Before run(): this one accepts.
    void acceptWith(std::unique_ptr<Acceptor> acceptor);
    /// Before run(): `next` gets the connections for which there is no room here.
    void handOnTo(std::shared_ptr<Inbox> next, std::size_t reactors);
    /// Until a stop was posted and nothing is under way any more, or the stop's deadline has
    /// passed.
    void run();
    const std::string& name() const { return heartbeat_.name(); }
    const std::shared_ptr<Inbox>& inbox() const { return context_.inbox; }
    const ReactorCounters& counters() const { return counters_; }

  private:
    void turn();
    template <class Work>
    void guarded(const Work& work) noexcept;
    bool watchAcceptor(std::uint32_t events);
    void pauseAcceptor();
    int waitMs() const;
    void updateTime();
    void handleEvent(std::uint64_t token, std::uint32_t events);
    void takeInbox();
    void takeOwn();
    void deliver(const Answer& answer) noexcept;
    void adopt(Accepted&& accepted);
    void open(Accepted&& accepted);
    void handOn(Accepted&& accepted);
    /// Calls one of the connection's functions, and destroys it if it has ended.
    template <class Call>
    void with(ConnectionToken token, Call call);
    void resumePostponed();
    void expire();
    void beginStop();
    bool finished() const;
    /// Ends the connection at `place`; false if a request that had just come is in work now.
    bool endAt(RoomPlace& place);
    /// Ends a connection that can be spared. False: there is none.
    bool makeRoom();
    void makeMemory();
    void sayFailed(std::string_view reason) noexcept;

    util::Heartbeat& heartbeat_;
    ReactorCounters counters_;
    DeadlineWheel wheel_;
    Room room_;
    util::FileDescriptor epoll_;
    ReactorContext context_;
    std::unique_ptr<Acceptor> acceptor_;
    std::shared_ptr<Inbox> next_reactor_;
    std::size_t reactors_ = 1;
    std::optional<util::SteadyTime> accept_again_;
    std::optional<util::SteadyTime> stop_deadline_;
    ConnectionTable connections_;
    Inbox::Items received_;
    std::vector<ConnectionToken> resumed_, wanting_;
    MemoryReturn memory_return_;
    log::Seldom<util::SteadyTime> making_room_, full_, failed_;
};

}  // namespace postbell::net
