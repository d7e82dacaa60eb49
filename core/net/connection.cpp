// SPDX-License-Identifier: Apache-2.0
#include "net/connection.h"

#include <sys/epoll.h>

#include <utility>

#include "net/answers.h"
#include "util/exception_text.h"

namespace postbell::net {
namespace {

/// How long, and for how many bytes, a refused peer is listened to, so that it sees the answer
/// instead of a reset.
constexpr util::Milliseconds kLinger{3'000};
constexpr util::Milliseconds kLingerStopping{250};
constexpr std::size_t kMaxDiscarded = 16 * 1024 * 1024;
/// Whole requests that are no larger have memory always: their number is limited.
constexpr std::size_t kSmallBytes = 4 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(ReactorContext& reactor, ConnectionToken token, Accepted&& accepted,
                       SslPtr ssl)
    : reactor_(reactor),
      token_(token),
      place_(std::move(accepted.place)),
      peer_(std::move(accepted.peer)),
      transport_(std::move(accepted.socket), std::move(ssl)),
      intake_(reactor.state.settings.limits, reactor.state.receiving_bytes, transport_.encrypted()),
      interest_(reactor.epoll, transport_.descriptor(), token) {
    if (interest_.watched())
        beIdle(reactor_.state.settings.limits.first_byte_timeout);
    else
        end();
}

void Connection::beIdle(util::Milliseconds patience) {
    reactor_.room.enterIdle(*this, reactor_.now);
    setDeadline(patience);
}

void Connection::watch() {
    if (!ended())
        interest_.set({.reading = !read_paused_,
                       .writing = transport_.unsent() || tls_wants_write_,
                       .peer_ends = !peer_ended_});
}

void Connection::onEvents(std::uint32_t events) {
    if (events & (EPOLLHUP | EPOLLERR)) return end();  // both directions are gone
    if (events & EPOLLOUT) {
        if (std::exchange(tls_wants_write_, false)) events |= EPOLLIN;
        flush();
    }
    if (events & EPOLLIN) {
        if (reading() && !postponed_)
            receive();
        else if (state_ == State::Lingering)
            discardInput();
        else
            // Reading is paused only when bytes come: most clients send nothing while they wait,
            // and then the pause costs no system call. Left on, a level-triggered loop would spin.
            read_paused_ = true;
    }
    if ((events & EPOLLRDHUP) && !std::exchange(peer_ended_, true)) sayUnwanted();
    watch();
}

void Connection::sayUnwanted() {
    if (const auto target = in_work_.lock()) target->becomeUnwanted();
}

void Connection::onNextRound() {
    postponed_ = false;
    if (reading()) read_paused_ = false;
    goOn();
    watch();
}

void Connection::postpone() {
    if (!std::exchange(postponed_, true)) reactor_.postponed.push_back(token_);
}

void Connection::receive() {
    do {
        if (budget_.spent(reactor_.round)) return postpone();
        budget_.step(reactor_.round);
        const Io io = transport_.read(reactor_.scratch.data(), reactor_.scratch.size());
        switch (io.outcome) {
            case Io::Outcome::Moved:
                intake_.add({reactor_.scratch.data(), io.bytes});
                advance();
                break;
            case Io::Outcome::NotNow:
            case Io::Outcome::WantsWrite:
                tls_wants_write_ = io.outcome == Io::Outcome::WantsWrite;
                return;
            case Io::Outcome::PlainHttp:
                return refusePlainHttp();
            case Io::Outcome::Failed:
                if (transport_.shakingHands()) noteTlsFailure(reactor_, Transport::lastTlsError());
                return end();
            case Io::Outcome::Chatter:
                noteTlsFailure(reactor_, "too many key updates or renegotiations");
                return end();
            case Io::Outcome::Ended:
                return end();
        }
        // Bytes in the TLS layer make no event.
    } while (reading() && !postponed_ && transport_.pending());
}

/// After an answer, or in another round: goes on with bytes that have come already.
void Connection::goOn() {
    if (reading() && !intake_.empty()) advance();
    if (reading() && !postponed_ && transport_.pending()) receive();
}

/// Serves the requests that have come.
void Connection::advance() {
    for (bool whole = true; whole && reading();) {
        if (state_ == State::Head) {
            if (intake_.empty()) break;
            if (budget_.spent(reactor_.round)) {
                postpone();
                break;
            }
        }
        switch (intake_.read()) {
            case RequestReader::Progress::Head:
                if (!receiving_) {
                    receiving_ = true;
                    setDeadline(reactor_.state.settings.limits.header_timeout);
                    reactor_.room.enterUnfinished(*this, reactor_.now);
                }
                whole = false;
                break;
            case RequestReader::Progress::HeadDone:
                beginBody();
                break;
            case RequestReader::Progress::Body:
                whole = false;
                break;
            case RequestReader::Progress::Complete:
                dispatch();
                break;
            case RequestReader::Progress::Refused:
                refuse(intake_.refusal());
                break;
        }
    }
    intake_.keep();
    if (receiving_ && reading()) countMemory();
}

void Connection::beginBody() {
    const RequestHead& head = intake_.head();
    const bool is_here = intake_.bodyIsHere();
    if (!receiving_ && !is_here) reactor_.room.enterUnfinished(*this, reactor_.now);
    receiving_ = true;
    state_ = State::Body;
    form_ = {head.method == "HEAD", head.keep_alive, head.http_1_0};
    if (is_here) return;
    // A body is not waited for when the request will be refused anyway.
    if (overloaded()) return refuseOverload(Afterwards::Close);
    setDeadline(reactor_.state.settings.limits.body_timeout);
    // RFC 9110 10.1.1: no 100 when the body is on its way already.
    if (head.expects_continue && intake_.empty() && !transport_.send(kContinue)) end();
}

void Connection::countMemory() {
    intake_.countShare();
    if (reactor_.state.hasTooManyBytes()) reactor_.memory_wanted.push_back(token_);
}

void Connection::onNoMemory() {
    if (!receiving_ || !reading()) return;
    refuseOverload(Afterwards::Close);
    watch();
}

bool Connection::overloaded() const {
    return reactor_.state.work->requests.load(std::memory_order_relaxed) >=
           reactor_.state.settings.limits.in_work;
}

void Connection::dispatch() {
    Request request = intake_.take(MemoryShare(reactor_.state.work_bytes));
    budget_.step(reactor_.round);
    leave();
    receiving_ = false;
    ++request_;
    state_ = State::Work;
    reactor_.wheel.set(*this, DeadlineWheel::kNever);
    auto place = InWork::tryEnter(reactor_.state.work, reactor_.state.settings.limits.in_work);
    if (!place) return refuseOverload(Afterwards::KeepAlive);
    if (request.memory.bytes() > kSmallBytes &&
        reactor_.state.work_bytes->load(std::memory_order_relaxed) >
            reactor_.state.settings.limits.request_bytes)
        return refuseOverload(Afterwards::KeepAlive);
    ReactorCounters::bump(reactor_.counters.requests);
    request.peer = peer_;
    const auto target =
        std::make_shared<RequestTarget>(reactor_.inbox, *std::move(place), token_, request_);
    in_work_ = target;
    if (peer_ended_) sayUnwanted();
    Responder responder(target);
    try {
        reactor_.state.handler(std::move(request), std::move(responder));
    } catch (...) {
        noteHandlerFailure(reactor_, util::exceptionText());
    }
}

void Connection::onAnswer(std::uint64_t request, const Response& response) {
    if (state_ != State::Work || request != request_) return;
    respond(response, asksToClose(response) ? Afterwards::Close : Afterwards::KeepAlive);
    goOn();
    watch();
}

void Connection::refuse(const Refusal& refusal) {
    respond(refused(reactor_, refusal), Afterwards::Close);
}

void Connection::refuseOverload(Afterwards afterwards) {
    respond(net::overloaded(reactor_), afterwards);
}

void Connection::refusePlainHttp() {
    transport_.writeRaw(bytesOf(reactor_, plainHttp(reactor_), {.keep_alive = false}));
    linger();
}

void Connection::respond(const Response& response, Afterwards afterwards) {
    form_.keep_alive = form_.keep_alive && afterwards == Afterwards::KeepAlive &&
                       !reactor_.stopping &&
                       request_ < reactor_.state.settings.limits.requests_per_connection;
    state_ = State::Writing;
    if (!transport_.send(bytesOf(reactor_, response, form_))) return end();
    if (!transport_.unsent()) return afterAnswer();
    reactor_.room.enterUnfinished(*this, reactor_.now);
    setDeadline(reactor_.state.settings.limits.write_timeout);
}

void Connection::flush() {
    if (!transport_.unsent()) return;
    if (!transport_.flush()) return end();
    if (state_ != State::Writing || transport_.unsent()) return;
    afterAnswer();
    goOn();
}

void Connection::afterAnswer() {
    if (!form_.keep_alive) return linger();
    state_ = State::Head;
    read_paused_ = false;
    form_ = AnswerForm();
    beIdle(reactor_.state.settings.limits.idle_timeout);
}

void Connection::linger() {
    // Closing with input unread makes the kernel reset the connection, and the peer may never see
    // the answer.
    transport_.endWriting();
    state_ = State::Lingering;
    reactor_.room.enterIdle(*this, reactor_.now);
    receiving_ = read_paused_ = tls_wants_write_ = false;
    intake_.discard();
    setDeadline(reactor_.stopping ? kLingerStopping : kLinger);
}

void Connection::discardInput() {
    const Io io = transport_.readRaw(reactor_.scratch.data(), reactor_.scratch.size());
    if (io.outcome == Io::Outcome::NotNow) return;
    discarded_ += io.bytes;
    if (io.outcome != Io::Outcome::Moved || discarded_ > kMaxDiscarded) end();
}

void Connection::onDeadline() {
    if (state_ == State::Body || (state_ == State::Head && receiving_)) {
        refuse({408, "The request took too long to arrive"});
        return watch();
    }
    if (state_ == State::Writing || (idle() && request_ == 0))
        ReactorCounters::bump(reactor_.counters.timed_out);
    if (idle()) transport_.endWriting();
    end();
}

void Connection::onMakeRoom() {
    if (reading() && !postponed_) receive();  // bytes that came, and whose event is still to come
    if (state_ == State::Work || ended()) return watch();
    if (receiving_ && reading()) refuseOverload(Afterwards::Close);
    if (idle()) transport_.endWriting();
    end();
}

void Connection::onStop() {
    if (idle()) receive();  // a request may have come that no event has told of yet
    if (idle()) {
        transport_.endWriting();
        return end();
    }
    if (state_ == State::Lingering) setDeadline(kLingerStopping);
    watch();
}

}  // namespace postbell::net
