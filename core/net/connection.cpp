// SPDX-License-Identifier: Apache-2.0
#include "net/connection.h"

#include <sys/epoll.h>

#include <exception>

#include "net/response_writer.h"

namespace postbell::net {
namespace {

constexpr std::size_t kKeptBufferBytes = 4 * 1024;
/// How long, and for how many bytes, a refused peer is listened to, so that it sees the answer
/// instead of a reset.
constexpr util::Milliseconds kLinger{3'000};
constexpr util::Milliseconds kLingerStopping{250};
constexpr std::size_t kDrainBytes = 16 * 1024 * 1024;
constexpr std::size_t kKeptScratchBytes = 1024 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(ReactorContext& reactor, ConnectionToken token, Accepted&& accepted,
                       SslPtr ssl)
    : reactor_(reactor),
      token_(token),
      admission_(std::move(accepted.admission)),
      peer_(std::move(accepted.peer)),
      transport_(std::move(accepted.socket), std::move(ssl)),
      reader_(reactor.state.settings.limits),
      body_share_(reactor.state.receiving_bytes),
      watched_(EPOLLIN) {
    epoll_event event{watched_, {.u64 = token_}};
    if (epoll_ctl(reactor_.epoll, EPOLL_CTL_ADD, transport_.descriptor(), &event) == 0)
        beIdle(reactor_.state.settings.limits.first_byte_timeout);
    else
        end();
}

void Connection::beIdle(util::Milliseconds patience) {
    idle_since = reactor_.now;
    if (!is_linked()) reactor_.idle.push_back(*this);
    setDeadline(patience);
}

void Connection::beginReceiving() {
    receiving_ = true;
    IdlePlace::unlink();
}

void Connection::watch() {
    if (ended()) return;
    const std::uint32_t wanted =
        (read_paused_ ? 0u : static_cast<std::uint32_t>(EPOLLIN)) |
        (transport_.unsent() || tls_wants_write_ ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
    if (wanted == watched_) return;
    watched_ = wanted;
    epoll_event event{watched_, {.u64 = token_}};
    epoll_ctl(reactor_.epoll, EPOLL_CTL_MOD, transport_.descriptor(), &event);
}

void Connection::onEvents(std::uint32_t events) {
    if (events & (EPOLLHUP | EPOLLERR)) return end();  // both directions are gone
    if (events & EPOLLOUT) {
        if (tls_wants_write_) {
            tls_wants_write_ = false;
            events |= EPOLLIN;
        }
        flush();
    }
    if (events & EPOLLIN) {
        if (reading())
            receive();
        else if (state_ == State::Lingering)
            drain();
        else
            // Reading is paused only when bytes come: most clients send nothing while they wait,
            // and then the pause costs no system call. Left on, a level-triggered loop would spin.
            read_paused_ = true;
    }
    watch();
}

void Connection::receive() {
    do {
        const Io io = transport_.read(reactor_.scratch.data(), reactor_.scratch.size());
        switch (io.outcome) {
            case Io::Outcome::Moved:
                consume({reactor_.scratch.data(), io.bytes});
                break;
            case Io::Outcome::NotNow:
                return;
            case Io::Outcome::WantsWrite:
                tls_wants_write_ = true;
                return;
            case Io::Outcome::PlainHttp:
                return refusePlainHttp();
            case Io::Outcome::Failed:
                if (transport_.shakingHands()) noteTlsFailure();
                return end();
            case Io::Outcome::Ended:
                return end();
        }
        // Bytes in the TLS layer make no event.
    } while (reading() && transport_.pending());
}

void Connection::noteTlsFailure() {
    ReactorCounters::bump(reactor_.counters.tls_failures);
    reactor_.state.log.debug("a TLS handshake failed", {{"listener", reactor_.state.settings.name},
                                                        {"reason", Transport::lastTlsError()}});
}

void Connection::consume(std::string_view fresh) {
    if (in_.empty()) {
        const std::size_t used = advance(fresh);
        if (reading() || state_ == State::Work || state_ == State::Writing)
            in_.assign(fresh.substr(used));
        return;
    }
    in_.erase(0, in_used_);
    in_used_ = 0;
    in_.append(fresh);
    resume();
}

/// Goes on with bytes that were received earlier.
void Connection::resume() {
    if (in_.empty() || !reading()) return;
    in_used_ += advance(std::string_view(in_).substr(in_used_));
    if (in_used_ < in_.size() && state_ != State::Lingering) return;
    in_used_ = 0;
    if (in_.capacity() > kKeptBufferBytes)
        in_ = std::string();
    else
        in_.clear();
}

std::size_t Connection::advance(std::string_view bytes) {
    std::size_t used = 0;
    while (reading()) {
        const std::string_view rest = bytes.substr(used);
        if (state_ == State::Head) {
            if (rest.empty()) break;
            used += reader_.readHead(rest);
        } else {
            used += reader_.readBody(rest);
        }
        switch (reader_.progress()) {
            case RequestReader::Progress::Head:
                if (!receiving_) {
                    setDeadline(reactor_.state.settings.limits.header_timeout);
                    beginReceiving();
                }
                return used;
            case RequestReader::Progress::HeadDone:
                beginBody(bytes.size() - used);
                break;
            case RequestReader::Progress::Body:
                takeShare();
                return used;
            case RequestReader::Progress::Complete:
                dispatch();
                break;
            case RequestReader::Progress::Refused:
                refuse(reader_.refusal());
                break;
        }
    }
    return used;
}

void Connection::beginBody(std::size_t available) {
    const RequestHead& head = reader_.head();
    if (!receiving_) beginReceiving();
    state_ = State::Body;
    head_only_ = head.method == "HEAD";
    http_1_0_ = head.http_1_0;
    keep_alive_ = head.keep_alive;
    if (reader_.bodyIsWithin(available)) return;
    // A body is not waited for when the request will be refused anyway.
    if (overloaded()) return refuseOverload(false);
    setDeadline(reactor_.state.settings.limits.body_timeout);
    // RFC 9110 10.1.1: no 100 when the body is on its way already.
    if (head.expects_continue && available == 0 && !transport_.send(kContinue)) end();
}

void Connection::takeShare() {
    if (body_share_.set(reader_.bodyBytes()) > reactor_.state.settings.limits.receiving_bytes)
        refuseOverload(false);
}

bool Connection::overloaded() const {
    return reactor_.state.work->requests.load(std::memory_order_relaxed) >=
           reactor_.state.settings.limits.in_work;
}

void Connection::dispatch() {
    Request request = reader_.take();
    body_share_.set(0);
    receiving_ = false;
    ++request_;
    state_ = State::Work;
    reactor_.wheel.set(*this, DeadlineWheel::kNever);
    std::atomic<std::size_t>& in_work = reactor_.state.work->requests;
    if (in_work.fetch_add(1, std::memory_order_relaxed) >= reactor_.state.settings.limits.in_work) {
        in_work.fetch_sub(1, std::memory_order_relaxed);
        return refuseOverload(true);
    }
    ReactorCounters::bump(reactor_.counters.requests);
    request.peer = peer_;
    Responder responder(makeTarget(reactor_.inbox, reactor_.state.work, token_, request_));
    try {
        reactor_.state.handler(std::move(request), std::move(responder));
    } catch (const std::exception& error) {
        reactor_.state.log.error(
            "a request's handler failed",
            {{"listener", reactor_.state.settings.name}, {"reason", error.what()}});
    }
}

void Connection::onAnswer(std::uint64_t request, const Response& response) {
    if (state_ != State::Work || request != request_) return;
    respond(response, !asksToClose(response));
    goOn();
    watch();
}

void Connection::refuse(const Refusal& refusal) {
    ReactorCounters::bump(refusal.status == 408 ? reactor_.counters.timed_out
                                                : reactor_.counters.refused_malformed);
    reactor_.state.log.debug("a request is refused", {{"listener", reactor_.state.settings.name},
                                                      {"status", refusal.status},
                                                      {"reason", refusal.title}});
    respond(problem(refusal.status, refusal.title), false);
}

void Connection::refuseOverload(bool keep_alive) {
    ReactorCounters::bump(reactor_.counters.refused_overload);
    Response response = problem(503, "Too many requests are being worked on; try again");
    response.headers.emplace_back("retry-after", "1");
    respond(response, keep_alive);
}

void Connection::refusePlainHttp() {
    ReactorCounters::bump(reactor_.counters.tls_failures);
    reactor_.out.clear();
    writeResponse(reactor_.out, problem(400, "This port speaks HTTPS only"), {.keep_alive = false},
                  reactor_.date);
    transport_.writeRaw(reactor_.out);
    linger();
}

void Connection::respond(const Response& response, bool keep_alive) {
    close_after_ = !keep_alive || !keep_alive_ || reactor_.stopping ||
                   request_ >= reactor_.state.settings.limits.requests_per_connection;
    if (reactor_.out.capacity() > kKeptScratchBytes) reactor_.out = std::string();
    reactor_.out.clear();
    if (!writeResponse(reactor_.out, response, {head_only_, !close_after_, http_1_0_},
                       reactor_.date))
        reactor_.state.log.warning(
            "an answer's header field is left out: its name or value is not allowed",
            {{"listener", reactor_.state.settings.name}});
    state_ = State::Writing;
    if (is_linked()) IdlePlace::unlink();
    if (!transport_.send(reactor_.out)) return end();
    if (transport_.unsent())
        setDeadline(reactor_.state.settings.limits.write_timeout);
    else
        afterAnswer();
}

void Connection::flush() {
    if (!transport_.unsent()) return;
    if (!transport_.flush()) return end();
    if (state_ != State::Writing || transport_.unsent()) return;
    afterAnswer();
    goOn();
}

/// After an answer: goes on with bytes that have come already.
void Connection::goOn() {
    resume();
    if (reading() && transport_.pending()) receive();
}

void Connection::afterAnswer() {
    if (close_after_) return linger();
    state_ = State::Head;
    read_paused_ = head_only_ = http_1_0_ = false;
    keep_alive_ = true;
    beIdle(reactor_.state.settings.limits.idle_timeout);
}

void Connection::linger() {
    // Closing with input unread makes the kernel reset the connection, and the peer may never see
    // the answer.
    transport_.endWriting();
    state_ = State::Lingering;
    if (is_linked()) IdlePlace::unlink();
    read_paused_ = tls_wants_write_ = false;
    in_ = std::string();
    in_used_ = 0;
    reader_.reset();
    body_share_.set(0);
    setDeadline(reactor_.stopping ? kLingerStopping : kLinger);
}

void Connection::drain() {
    const Io io = transport_.readRaw(reactor_.scratch.data(), reactor_.scratch.size());
    if (io.outcome == Io::Outcome::NotNow) return;
    drained_ += io.bytes;
    if (io.outcome != Io::Outcome::Moved || drained_ > kDrainBytes) end();
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
    receive();  // a request may have come that no event has told of yet
    if (idle()) {
        transport_.endWriting();
        return end();
    }
    watch();
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
