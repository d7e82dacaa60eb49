// SPDX-License-Identifier: Apache-2.0
// The Pool's implementation.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/backlog.h"
#include "engine/connection_set.h"
#include "engine/loop.h"
#include "engine/pool.h"
#include "engine/reconnect.h"
#include "engine/request.h"
#include "engine/request_deadlines.h"
#include "engine/tls_client_context.h"
#include "log/seldom.h"

namespace postbell::engine {

/// The sink is called from finishTurn() only, at the end of a turn of the loop, when nothing of the
/// engine is on the stack but finishTurn() itself: so it may submit, and even destroy the pool.
class Pool::Impl final : public std::enable_shared_from_this<Impl>, ConnectionOwner {
  public:
    Impl(Loop& loop, PoolOptions options, AnswerSink& sink, log::Log& log);

    unsigned slots() const;
    void submit(const RequestView& view, std::uint64_t tag);
    void retire(std::uint64_t number);
    void drain();
    PoolStats stats() const;
    /// No callback follows.
    void close();

  private:
    void connectionOpened(Connection& connection) override;
    void connectionFailed(Connection& connection, Failure failure, const std::string& why) override;
    void connectionEnded(Connection& connection, const std::string& why) override;
    void connectionGoesAway(Connection& connection, const std::string& why) override;
    void requestEnded(Request& request, Session::Ending ending, std::string_view why) override;
    void connectionChanged() override { schedule(); }

    void schedule();
    void takeTurn();
    void finishTurn();
    void deliver();
    void flush();
    void place(Request& request);
    void placeWaiting();
    void answer(Request& request, Failure failure, std::string_view why);
    enum class Resend { AtOnce, Later };
    void sendAgain(Request& request, Resend when);
    void expire(Request& request);
    void retire(Connection& connection);
    unsigned maxUsable() const { return std::max(options_.connections, 1u); }
    bool mayConnect() const;
    std::string trustRoots();
    void connectIfWanted();
    void attemptFailed(Failure failure, const std::string& why);
    void remove(Connection& connection, const std::string& why);
    void note(log::Level level, std::string_view text, std::uint64_t times = 1);

    Loop& loop_;
    const PoolOptions options_;
    const ClockTimes times_;  // of the options
    const std::optional<ProxyAddress> proxy_;
    const std::string authority_;
    AnswerSink& sink_;
    log::Log& log_;
    TlsClientContext tls_;
    std::optional<IpAddress> good_address_;  // the last connection's

    RequestSlab slab_;
    Backlog backlog_;
    PlaceList answered_;  // for finishTurn() to hand over
    RequestDeadlines deadlines_;
    ConnectionSet connections_;

    Timer next_turn_;  // after one that failed
    Reconnect reconnect_;
    util::SteadyTime retiring_since_;  // retirements_ are counted from then on
    unsigned retirements_ = 0;
    std::uint64_t connections_ever_ = 0;
    PoolStats stats_;
    log::Seldom<util::SteadyTime> goaway_lines_;  // a network may send one for each push
    Answer answer_;
    std::string scratch_;
    mutable bool seen_full_ = false;  // the caller saw slots() == 0, and is owed a ready()
    bool scheduled_ = false;
    bool draining_ = false;
    bool closed_ = false;
};

}  // namespace postbell::engine
