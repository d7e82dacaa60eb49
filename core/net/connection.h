// SPDX-License-Identifier: Apache-2.0
// One client's connection: reads requests, hands them out one after the other, writes the answers.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "net/deadline_wheel.h"
#include "net/idle_list.h"
#include "net/reactor_context.h"
#include "net/request_reader.h"
#include "net/transport.h"

namespace postbell::net {

/// Confined to its reactor's thread. After each call the reactor asks whether it has ended.
class Connection final : public DeadlineWheel::Entry, public IdlePlace {
  public:
    Connection(ReactorContext& reactor, ConnectionToken token, Accepted&& accepted, SslPtr ssl);

    void onEvents(std::uint32_t events);
    /// Ignored unless it answers the request in work.
    void onAnswer(std::uint64_t request, const Response& response);
    void onDeadline();
    /// The server stops: ends if no request is under way.
    void onStop();
    /// Its place is wanted for another connection: ends, unless a request has just come.
    /// Precondition: it is in the reactor's list of idle connections, which it leaves.
    void onMakeRoom();
    bool ended() const { return state_ == State::Ended; }
    ConnectionToken token() const { return token_; }

  private:
    /// Writing: an answer is on its way out. Lingering: the last answer was sent, and the peer may
    /// finish sending.
    enum class State { Head, Body, Work, Writing, Lingering, Ended };

    bool reading() const { return state_ == State::Head || state_ == State::Body; }
    bool idle() const { return state_ == State::Head && !receiving_; }
    void beIdle(util::Milliseconds patience);
    void beginReceiving();

    void receive();
    void noteTlsFailure();
    void resume();
    void goOn();
    void consume(std::string_view fresh);
    std::size_t advance(std::string_view bytes);
    void beginBody(std::size_t available);
    void takeShare();
    void dispatch();
    bool overloaded() const;

    void refuse(const Refusal& refusal);
    void refuseOverload(bool keep_alive);
    void refusePlainHttp();
    void respond(const Response& response, bool keep_alive);
    void flush();
    void afterAnswer();
    void linger();
    void drain();
    void end() { state_ = State::Ended; }

    void setDeadline(util::Milliseconds delay) { reactor_.wheel.set(*this, reactor_.now + delay); }
    void watch();

    ReactorContext& reactor_;
    const ConnectionToken token_;
    const Admission admission_;
    const std::string peer_;
    Transport transport_;
    RequestReader reader_;
    BodyShare body_share_;

    State state_ = State::Head;
    bool receiving_ = false;  ///< a byte of a request has come
    bool read_paused_ = false;
    bool tls_wants_write_ = false;
    bool close_after_ = false;
    bool head_only_ = false, http_1_0_ = false, keep_alive_ = true;  ///< of the request in work
    std::uint32_t watched_;
    std::uint64_t request_ = 0;  ///< the number of the last request, from 1
    std::size_t drained_ = 0;
    std::string in_;  ///< received bytes; those from in_used_ on are not yet used
    std::size_t in_used_ = 0;
};

}  // namespace postbell::net
