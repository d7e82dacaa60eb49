// SPDX-License-Identifier: Apache-2.0
// The Pool's implementation.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/connection_set.h"
#include "engine/loop.h"
#include "engine/pool.h"
#include "engine/reconnect.h"
#include "engine/request.h"
#include "engine/request_deadlines.h"
#include "engine/resend_list.h"
#include "engine/tls_client_context.h"

namespace postbell::engine {

/// The sink is called from settle() only, at the end of a turn of the loop, when nothing of the
/// engine is on the stack but settle() itself: so it may submit, and even destroy the pool.
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
    void requestEnded(Request& request, Http2Session::Ending ending, std::string_view why) override;
    void connectionChanged() override { schedule(); }

    void schedule();
    void takeTurn();
    void settle();
    void deliver();
    void flush();
    void place(Request& request);
    void placeWaiting();
    void answer(Request& request, Failure failure, std::string_view why);
    void sendAgain(Request& request, bool at_once);
    void expire(Request& request);
    void retire(Connection& connection);
    unsigned maxUsable() const { return std::max(options_.connections, 1u); }
    bool mayConnect() const;
    void connectIfWanted();
    void attemptFailed(Failure failure, const std::string& why);
    void remove(Connection& connection, const std::string& why);
    void note(log::Level level, std::string_view text);

    Loop& loop_;
    const util::Milliseconds request_timeout_;  // in real time, for people
    const PoolOptions options_;                 // its times are the loop's clock's
    const std::optional<ProxyAddress> proxy_;
    const std::string authority_;
    AnswerSink& sink_;
    log::Log& log_;
    TlsClientContext tls_;
    std::optional<IpAddress> good_address_;  // the last connection's

    RequestSlab slab_;
    PlaceList waiting_;  // for a free stream
    ResendList resends_;
    PlaceList answered_;  // for settle() to hand over
    // In waiting_ and resends_: they have the first right to a slot.
    std::size_t waiting_count_ = 0;
    RequestDeadlines deadlines_;
    ConnectionSet connections_;

    Timer next_turn_;  // after one that failed
    Reconnect reconnect_;
    util::SteadyTime retiring_since_;  // retirements_ are counted from then on
    unsigned retirements_ = 0;
    std::uint64_t connections_ever_ = 0;
    PoolStats stats_;
    Answer answer_;
    std::string scratch_;
    mutable bool seen_full_ = false;  // the caller saw slots() == 0, and is owed a ready()
    bool scheduled_ = false;
    bool draining_ = false;
    bool closed_ = false;
};

}  // namespace postbell::engine
