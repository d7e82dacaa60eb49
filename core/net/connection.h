// SPDX-License-Identifier: Apache-2.0
// One client's connection: reads requests, hands them out one after the other, writes the answers.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/deadline_wheel.h"
#include "net/intake.h"
#include "net/poll_interest.h"
#include "net/reactor_context.h"
#include "net/response_writer.h"
#include "net/room.h"
#include "net/round_budget.h"
#include "net/transport.h"

namespace postbell::net {

/// Confined to its reactor's thread. After each call the reactor asks whether it has ended.
class Connection final : public DeadlineWheel::Entry, public RoomPlace {
  public:
    Connection(ReactorContext& reactor, ConnectionToken token, Accepted&& accepted, SslPtr ssl);
    ~Connection() { sayUnwanted(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void onEvents(std::uint32_t events);
    /// The connection had used up its share of an earlier round.
    void onNextRound();
    /// Ignored unless it answers the request in work.
    void onAnswer(std::uint64_t request, const Response& response);
    void onDeadline();
    /// The server stops: ends if no request is under way.
    void onStop();
    /// Its place is wanted for another connection: ends, unless the rest of a request has just
    /// come. Precondition: the reactor took it out of its Room.
    void onMakeRoom();
    /// The memory for requests on their way in is wanted for others.
    void onNoMemory();
    bool ended() const { return state_ == State::Ended; }
    ConnectionToken token() const { return token_; }

  private:
    /// Writing: an answer is on its way out. Lingering: the last answer was sent, and the peer may
    /// finish sending.
    enum class State { Head, Body, Work, Writing, Lingering, Ended };
    /// What an answer leaves of the connection, if the request and the limits allow it.
    enum class Afterwards { KeepAlive, Close };

    bool reading() const { return state_ == State::Head || state_ == State::Body; }
    bool idle() const { return state_ == State::Head && !receiving_; }
    void beIdle(util::Milliseconds patience);

    void receive();
    void goOn();
    void advance();
    void postpone();
    void beginBody();
    void countMemory();
    void dispatch();
    bool overloaded() const;

    void refuse(const Refusal& refusal);
    void refuseOverload(Afterwards afterwards);
    void refusePlainHttp();
    void respond(const Response& response, Afterwards afterwards);
    void flush();
    void afterAnswer();
    void linger();
    void discardInput();
    void end() {
        state_ = State::Ended;
        leave();
    }

    void setDeadline(util::Milliseconds delay) { reactor_.wheel.set(*this, reactor_.now + delay); }
    void watch();
    /// The answer to the request in work reaches nobody.
    void sayUnwanted();

    ReactorContext& reactor_;
    const ConnectionToken token_;
    const ConnectionPlace place_;
    const std::string peer_;
    Transport transport_;
    Intake intake_;
    RoundBudget budget_;
    PollInterest interest_;

    State state_ = State::Head;
    bool receiving_ = false;  ///< a byte of a request has come
    bool postponed_ = false;  ///< until the next round
    bool read_paused_ = false;
    bool tls_wants_write_ = false;
    bool peer_ended_ = false;  ///< its half, as one does that is gone
    std::weak_ptr<RequestTarget> in_work_;
    AnswerForm form_;            ///< of the request in work
    std::uint64_t request_ = 0;  ///< the number of the last request, from 1
    std::size_t discarded_ = 0;
};

}  // namespace postbell::net
